//! How far processes are: from the ledger, which keeps it, and the log.

use std::collections::BTreeMap;

use serde::Serialize;
use tidings_domain::{Position, Timestamp};
use tidings_eventstore::EventStore;
use tidings_ledger::Progress;
use tidings_projections::queries::Answer;

use crate::from_log::cause;

/// How far processes have come, by name; a partition that one has not begun with is left out.
pub(crate) type Reached = BTreeMap<String, Vec<Position>>;

/// How far a process is in a partition, and how far the log.
#[derive(Serialize)]
struct Row<'a> {
    process: &'a str,
    partition: u16,
    number: u64,
    head: u64,
    lag: u64,
    /// When the first commit was recorded that it is not done with.
    waiting_since: Option<Timestamp>,
}

/// What the ledger says.
pub(crate) async fn reached(progress: &dyn Progress) -> Result<Reached, String> {
    progress.processes().await.map_err(cause)
}

/// The same of every partition, and by how much it lags behind the log.
pub(crate) async fn with_lag(store: &EventStore, reached: &Reached) -> Result<Answer, String> {
    let mut heads = Vec::new();
    for partition in 0..store.partitions() {
        heads.push(store.head(partition).await.map_err(cause)?.number);
    }
    let mut rows = Vec::new();
    for (process, reached) in reached {
        for (partition, &head) in (0..).zip(&heads) {
            let number = reached.iter().find(|at| at.partition == partition).map_or(0, |at| at.number);
            let lag = head.saturating_sub(number);
            let waiting_since =
                if lag == 0 { None } else { recorded_after(store, partition, number).await? };
            rows.push(Row { process, partition, number, head, lag, waiting_since });
        }
    }
    Ok(Answer { data: serde_json::to_string(&rows).map_err(cause)?, next: None })
}

/// When the commit after this number was recorded.
async fn recorded_after(
    store: &EventStore,
    partition: u16,
    number: u64,
) -> Result<Option<Timestamp>, String> {
    let slice = store.read_partition(partition, number, 1).await.map_err(cause)?;
    Ok(slice.commits.first().map(|commit| commit.recorded_at))
}
