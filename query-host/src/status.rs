//! What became of a command, as far as log and ledger know.

use serde::Serialize;
use serde_json::value::RawValue;
use tidings_domain::{Position, Timestamp};
use tidings_eventstore::Commit;
use tidings_ledger::{Entry, State};
use tidings_projections::queries::Answer;
use tidings_wire::{Code, ErrorReply};
use uuid::Uuid;

use crate::from_log::unavailable;

#[derive(Serialize)]
struct Status<'a> {
    command: Uuid,
    state: &'static str,
    #[serde(flatten)]
    made: Option<Made<'a>>,
    #[serde(flatten)]
    recorded: Option<Recorded<'a>>,
}

/// What the log knows of a command that changed something.
#[derive(Serialize)]
struct Made<'a> {
    stream: &'a str,
    version: u64,
    at: Position,
    events: Vec<&'a str>,
    correlation: Uuid,
    causation: Option<Uuid>,
    occurred_at: Option<Timestamp>,
    recorded_at: Timestamp,
    /// Of both, where only the log knows of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Uuid>,
}

/// What the ledger knows of any.
#[derive(Serialize)]
struct Recorded<'a> {
    name: &'a str,
    actor: Uuid,
    promised: bool,
    attempts: u32,
    received_at: Timestamp,
    updated_at: Timestamp,
    next_attempt_at: Option<Timestamp>,
    last_error: Option<&'a str>,
    /// What the reply said, where the log does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RawValue>,
}

/// What is known of a command; `not_found` where nothing is.
pub(crate) fn answer(
    command: Uuid,
    made: Option<&Commit>,
    entry: Option<Entry>,
) -> Result<Answer, ErrorReply> {
    // A commit counts, whatever the ledger says: it may not have been told yet.
    let state = match (made, &entry) {
        (Some(_), _) => State::Succeeded,
        (None, Some(entry)) => entry.state,
        (None, None) => {
            let message = format!("no command {command} has changed anything, or is known to the ledger");
            return Err(ErrorReply::new(Code::NotFound, message));
        }
    };
    let told = entry.as_ref().and_then(|entry| entry.outcome.as_deref()).filter(|_| made.is_none());
    let told = told.map(serde_json::from_str::<&RawValue>).transpose().map_err(unavailable)?;
    let (outcome, error) = if state == State::Succeeded { (told, None) } else { (None, told) };
    let made = made.map(|commit| Made {
        stream: commit.stream.as_str(),
        version: commit.last_version(),
        at: commit.position,
        events: commit.events.iter().map(|event| &*event.name).collect(),
        correlation: commit.correlation,
        causation: commit.causation,
        occurred_at: commit.occurred_at,
        recorded_at: commit.recorded_at,
        actor: entry.is_none().then_some(commit.actor),
    });
    let recorded = entry.as_ref().map(|entry| Recorded {
        name: &entry.name,
        actor: entry.actor,
        promised: entry.promised,
        attempts: entry.attempts,
        received_at: entry.received_at,
        updated_at: entry.updated_at,
        next_attempt_at: entry.next_attempt_at,
        last_error: entry.last_error.as_deref(),
        outcome,
        error,
    });
    let status = Status { command, state: state.as_str(), made, recorded };
    let data = serde_json::to_string(&status).map_err(unavailable)?;
    Ok(Answer { data, next: None })
}
