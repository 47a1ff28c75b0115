//! What is answered from the log itself.

use serde::{Deserialize, Serialize};
use tidings_domain::{Position, Timestamp};
use tidings_eventstore::EventStore;
use tidings_projections::queries::Answer;
use tidings_wire::{Code, ErrorReply};
use uuid::Uuid;

/// What the log knows of a command that changed something.
#[derive(Serialize)]
struct Status<'a> {
    command: Uuid,
    stream: &'a str,
    version: u64,
    at: Position,
    events: Vec<&'a str>,
    actor: Uuid,
    correlation: Uuid,
    causation: Option<Uuid>,
    occurred_at: Option<Timestamp>,
    recorded_at: Timestamp,
}

/// What became of a command.
pub(crate) async fn command_status(store: &EventStore, command: Uuid) -> Result<Answer, ErrorReply> {
    let Some(commit) = store.find_command(command).await.map_err(unavailable)? else {
        let message = format!("no command {command} has changed anything");
        return Err(ErrorReply::new(Code::NotFound, message));
    };
    let status = Status {
        command,
        stream: commit.stream.as_str(),
        version: commit.last_version(),
        at: commit.position,
        events: commit.events.iter().map(|event| &*event.name).collect(),
        actor: commit.actor,
        correlation: commit.correlation,
        causation: commit.causation,
        occurred_at: commit.occurred_at,
        recorded_at: commit.recorded_at,
    };
    let data = serde_json::to_string(&status).map_err(unavailable)?;
    Ok(Answer { data, next: None })
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
pub(crate) async fn with_lag(store: &EventStore, checkpoints: Answer) -> Result<Answer, ErrorReply> {
    let mut rows: Vec<Checkpoint> = serde_json::from_str(&checkpoints.data).map_err(unavailable)?;
    for row in &mut rows {
        row.head = store.head(row.partition).await.map_err(unavailable)?.number;
        row.lag = row.head.saturating_sub(row.number);
    }
    Ok(Answer { data: serde_json::to_string(&rows).map_err(unavailable)?, next: None })
}

fn unavailable(error: impl std::fmt::Display) -> ErrorReply {
    ErrorReply::new(Code::Unavailable, error.to_string())
}
