//! What is answered from the log itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidings_eventstore::{Commit, EventStore};
use tidings_projections::queries::Answer;
use uuid::Uuid;

/// The commit that a command made, if it made one.
pub(crate) async fn made_by(store: &EventStore, command: Uuid) -> Result<Option<Arc<Commit>>, String> {
    store.find_command(command).await.map_err(cause)
}

/// How far a read model is in a partition, and how far the log.
#[derive(Deserialize, Serialize)]
struct Checkpoint {
    partition: u16,
    number: u64,
    #[serde(default)]
    head: u64,
    #[serde(default)]
    lag: u64,
}

/// The checkpoints, each with the log's last number and by how much it lags behind.
pub(crate) async fn with_lag(store: &EventStore, checkpoints: Answer) -> Result<Answer, String> {
    let mut rows: Vec<Checkpoint> = serde_json::from_str(&checkpoints.data).map_err(cause)?;
    for row in &mut rows {
        row.head = store.head(row.partition).await.map_err(cause)?.number;
        row.lag = row.head.saturating_sub(row.number);
    }
    Ok(Answer { data: serde_json::to_string(&rows).map_err(cause)?, next: None })
}

/// Why something has no answer, in words that are for the host's own log only.
pub(crate) fn cause(error: impl std::fmt::Display) -> String {
    error.to_string()
}
