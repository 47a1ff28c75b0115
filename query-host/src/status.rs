//! What became of a command, as far as log and ledger know.

use serde::Serialize;
use serde_json::value::RawValue;
use tidings_domain::{Position, Timestamp};
use tidings_eventstore::Commit;
use tidings_ledger::{Entry, State};
use tidings_projections::queries::Answer;
use tidings_wire::{Code, ErrorReply};
use uuid::Uuid;

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

/// Commit and entry where they are of one command. An id may have made something before there was a ledger and have come
/// again with another content since: then what was made counts, be it this or the other.
fn of_one(made: Option<&Commit>, entry: Option<Entry>) -> (Option<&Commit>, Option<Entry>) {
    let (Some(commit), Some(known)) = (made, &entry) else { return (made, entry) };
    match known.position {
        Some(position) if position != commit.position => (None, entry),
        None if known.actor != commit.actor || was_reused(known) => (made, None),
        _ => (made, entry),
    }
}

/// Whether it was refused since its id had made something else.
fn was_reused(entry: &Entry) -> bool {
    let error = entry.outcome.as_deref().and_then(|outcome| serde_json::from_str::<ErrorReply>(outcome).ok());
    entry.state == State::Rejected
        && error.is_some_and(|error| error.reason.as_deref() == Some("command_reused"))
}

/// What is known of a command; `not_found` where nothing is.
pub(crate) fn answer(
    command: Uuid,
    made: Option<&Commit>,
    entry: Option<Entry>,
) -> Result<Answer, ErrorReply> {
    let (made, entry) = of_one(made, entry);
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
    let told = told.map(serde_json::from_str::<&RawValue>).transpose().map_err(unreadable)?;
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
        // There is none once the log has it, though the ledger was not told yet.
        next_attempt_at: entry.next_attempt_at.filter(|_| made.is_none()),
        last_error: entry.last_error.as_deref(),
        outcome,
        error,
    });
    let status = Status { command, state: state.as_str(), made, recorded };
    let data = serde_json::to_string(&status).map_err(unreadable)?;
    Ok(Answer { data, next: None })
}

fn unreadable(_: serde_json::Error) -> ErrorReply {
    ErrorReply::new(Code::Unavailable, "what the ledger keeps of this command cannot be read")
}

#[cfg(test)]
mod tests {
    use tidings_domain::StreamId;

    use super::*;

    fn entry(state: State, position: Option<Position>, outcome: Option<String>) -> Entry {
        Entry {
            number: 1,
            id: Uuid::nil(),
            digest: [0; 32],
            name: "EditPost".into(),
            actor: Uuid::nil(),
            promised: false,
            state,
            attempts: 1,
            fence: 1,
            host: None,
            lease_until: None,
            next_attempt_at: None,
            received_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            last_error: None,
            position,
            outcome,
        }
    }

    fn commit(actor: Uuid) -> Commit {
        Commit {
            position: Position::new(0, 7),
            stream: StreamId::of("post", Uuid::nil()).unwrap(),
            first_version: 1,
            events: Vec::new(),
            id: Uuid::nil(),
            command: Uuid::nil(),
            correlation: Uuid::nil(),
            causation: None,
            actor,
            occurred_at: None,
            recorded_at: Timestamp::default(),
            hash: Default::default(),
        }
    }

    #[test]
    fn what_another_command_of_the_id_made_is_not_taken_for_what_became_of_this_one() {
        let error = |reason: &'static str| {
            serde_json::to_string(&ErrorReply::new(Code::Conflict, "no").reason(reason)).unwrap()
        };
        let succeeded = |number| entry(State::Succeeded, Some(Position::new(0, number)), Some("{}".into()));
        let rejected = |reason| entry(State::Rejected, None, Some(error(reason)));
        for (actor, entry, shown) in [
            (Uuid::nil(), succeeded(7), (true, true)),
            (Uuid::nil(), succeeded(8), (false, true)),
            (Uuid::nil(), rejected("target_not_found"), (true, true)),
            (Uuid::nil(), rejected("command_reused"), (true, false)),
            (Uuid::nil(), entry(State::Processing, None, None), (true, true)),
            (Uuid::max(), entry(State::Processing, None, None), (true, false)),
        ] {
            let (told, made) = (format!("{entry:?}"), commit(actor));
            let (made, entry) = of_one(Some(&made), Some(entry));
            assert_eq!((made.is_some(), entry.is_some()), shown, "{told}");
        }
    }

    #[test]
    fn what_the_log_has_waits_for_no_next_attempt() {
        let soon = Some(Timestamp::default());
        let retried = Entry { next_attempt_at: soon, ..entry(State::FailedRetryable, None, None) };
        let said = |made: Option<&Commit>| -> serde_json::Value {
            serde_json::from_str(&answer(Uuid::nil(), made, Some(retried.clone())).unwrap().data).unwrap()
        };
        let (unmade, made) = (said(None), said(Some(&commit(Uuid::nil()))));
        assert_eq!(
            (&unmade["state"], unmade["next_attempt_at"].is_null()),
            (&"FAILED_RETRYABLE".into(), false)
        );
        assert_eq!((&made["state"], made["next_attempt_at"].is_null()), (&"SUCCEEDED".into(), true));
    }
}
