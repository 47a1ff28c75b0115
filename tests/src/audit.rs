//! Opens what the programs left on disk and proves that it is right.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tidings_domain::Timestamp;
use tidings_eventstore::{Commit, EventStore, Log, SqliteLog, verify};
use tidings_projections::queries::Query;
use tidings_projections::sqlite::SqliteReader;
use tidings_projections::{Reader, social};
use tidings_replay::{Options, SqliteShadows, rebuild};
use tidings_world::{Handle, System};
use uuid::Uuid;

use crate::{Ledger, Tables, folder, until};

/// The commits of a log by command, having proven that each partition is as it was written and that no command
/// is there twice.
///
/// # Panics
/// When it is not so.
pub async fn log_of(data: &Path) -> BTreeMap<Uuid, Arc<Commit>> {
    let log = SqliteLog::open_read_only(data).unwrap();
    let commits = commits_of(&log).await;
    log.close().await;
    commits
}

/// As [`log_of`], of any log.
///
/// # Panics
/// When it is not so.
pub async fn commits_of(log: &dyn Log) -> BTreeMap<Uuid, Arc<Commit>> {
    let mut commits = BTreeMap::new();
    for partition in 0..log.shape().partitions {
        let report = verify(log, partition, |_| {}).await.unwrap();
        let mut after = 0;
        while after < report.commits {
            let slice = log.read_partition(partition, after, 1_000).await.unwrap();
            for commit in slice.commits.into_iter().take_while(|c| c.position.number <= report.commits) {
                after = commit.position.number;
                let again = commits.insert(commit.command, commit);
                assert!(again.is_none(), "a command is in the log twice: {again:?}");
            }
        }
    }
    commits
}

/// Audits a folder of data on which nobody writes at the moment: the log is as it was written; each acknowledged
/// command is in it once, where its reply says; the read model catches up, equals one rebuilt from the log, has
/// parked nothing, and its counters equal its rows. Gives the log and the tables.
///
/// # Panics
/// When it is not so.
pub async fn audit(data: &Path, ledger: &Ledger) -> (BTreeMap<Uuid, Arc<Commit>>, Tables) {
    let commits = log_of(data).await;
    ledger.assert_in(&commits);
    let tables = audit_views(data).await;
    (commits, tables)
}

async fn audit_views(data: &Path) -> Tables {
    let world: Handle = Arc::new(System::new());
    let log = SqliteLog::open_read_only(data).unwrap();
    let store = EventStore::start(Arc::new(log.clone()), world.clone(), Default::default());
    let mut heads = Vec::new();
    for partition in 0..store.partitions() {
        heads.push(store.head(partition).await.unwrap().number);
    }
    let reader = SqliteReader::open(data).unwrap();
    until("the read model is where the log is", async || {
        let checkpoint = reader.checkpoint(social::NAME).await.ok()?;
        (checkpoint.numbers == heads).then_some(())
    })
    .await;
    let tables = Tables::of(data);
    let elsewhere = folder();
    let mut shadows = SqliteShadows::new(elsewhere.path());
    let rebuilt = rebuild(&store, &mut shadows, social::group(), &world, Options::default(), |_| {}).await;
    assert_eq!(rebuilt.unwrap().parked, 0, "nothing is parked");
    // Each generation counts its parked epochs from a beginning of its own.
    let rebuilt = Tables::of(elsewhere.path()).without("projection_groups");
    let tables = tables.without("projection_groups");
    tables.assert_same(&rebuilt, "live projection and a rebuild");
    let query = Query::parse("CounterAudit", "{}", Timestamp::from_millis(0)).unwrap();
    let rows = reader.select(social::NAME, &[], query.select()).await.unwrap().unwrap();
    assert_eq!(query.answer(rows).unwrap().data, "[]", "every counter equals the rows that it counts");
    drop(store);
    log.close().await;
    tables
}
