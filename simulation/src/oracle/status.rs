//! What is said of a command that somebody asks about: never less than was known before, and what the log says.

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_domain::{Position, Timestamp};
use tidings_ledger::State;
use tidings_wire::{Code, ErrorReply};
use uuid::Uuid;

use crate::asked::{Command, Look};
use crate::oracle::records::Record;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::{Moment, Truth};
use crate::{Kept, hold};

#[derive(Deserialize)]
struct Line<'a, T> {
    data: Option<T>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Status<'a> {
    state: String,
    at: Option<Position>,
    next_attempt_at: Option<Timestamp>,
    #[serde(borrow, default)]
    outcome: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Looks at the answer to `CommandStatus`, asked for at a moment; whether it tells an end.
pub(crate) fn status(stage: &Stage, id: Uuid, moment: Moment, begun: u64, line: &str) -> bool {
    stage.count_check("answers about commands");
    let (truth, mut asked, records) = (hold(&stage.truth), hold(&stage.asked), hold(&stage.records));
    let ended = asked.tick();
    let Some(command) = asked.commands.get(&id) else { return false };
    let landed = truth.of_command(id).and_then(|commit| truth.moment(commit.position));
    let there_before = landed.is_some_and(|landed| landed < moment);
    let known_before = there_before || stage.plan.ledger != Kept::Not && was_promised(command, begun);
    let judged = match serde_json::from_str::<Line<'_, Status<'_>>>(line) {
        Ok(Line { data: Some(status), .. }) => {
            check(&truth, id, there_before, &status, records.get(id)).map(|state| Some((state, status.at)))
        }
        Ok(Line { error: Some(error), .. }) => unknown(error, known_before).map(|()| None),
        _ => Err("cannot be read".into()),
    };
    match judged {
        Ok(said) => {
            if let Some((_, at)) = said {
                asked.looks.push(Look { command: id, begun, ended, at });
            }
            said.is_some_and(|(state, _)| state.is_final())
        }
        Err(why) => {
            stage.wrong(format!("what was said of {id}, {line}: {why}"));
            false
        }
    }
}

/// Whether a client had been told that it will be carried out before this was asked.
fn was_promised(command: &Command, begun: u64) -> bool {
    command.replies().any(|(sending, reply)| reply.is_promise() && sending.ended < begun)
}

fn unknown(error: &RawValue, known_before: bool) -> Result<(), String> {
    let error: ErrorReply = serde_json::from_str(error.get()).map_err(|error| error.to_string())?;
    match error.code {
        Code::Unavailable if error.retry => Ok(()),
        Code::NotFound if !known_before => Ok(()),
        _ => Err("it was known before".into()),
    }
}

fn check(
    truth: &Truth,
    id: Uuid,
    there_before: bool,
    status: &Status<'_>,
    record: Option<&Record>,
) -> Result<State, String> {
    let state: State = status.state.parse().map_err(|_| "is in no state".to_owned())?;
    if status.next_attempt_at.is_some() != (state == State::FailedRetryable) {
        return Err("a time of the next attempt belongs to FAILED_RETRYABLE, and to nothing else".into());
    }
    if let Some(at) = status.at {
        return match truth.commit(at).is_some_and(|landed| landed.commit.command == id) {
            true if state == State::Succeeded => Ok(state),
            true => Err("it is in the log".into()),
            false => Err("there is no such commit of it".into()),
        };
    }
    if there_before {
        return Err("it was in the log".into());
    }
    let outcome = status.outcome.map(|outcome| (outcome, false)).or(status.error.map(|error| (error, true)));
    let outcome = outcome.map(|(outcome, is_error)| Reply::read_outcome(outcome.get(), is_error));
    match (state.is_final(), outcome) {
        (false, None) => Ok(state),
        (true, Some(outcome)) if record.is_some_and(|record| record.outcomes.contains(&outcome)) => Ok(state),
        (_, outcome) => Err(format!("came to {outcome:?}, it says; {:?}", record.map(|r| &r.outcomes))),
    }
}

#[derive(Deserialize)]
struct Row {
    state: String,
    promised: bool,
    next_attempt_at: Option<Timestamp>,
    at: Option<Position>,
}

/// Looks at the answer to `Commands`.
pub(crate) fn commands(stage: &Stage, state: State, line: &str) {
    stage.count_check("lists of commands");
    let fits = |row: &Row| {
        row.state == state.as_str()
            && row.next_attempt_at.is_some() == (state == State::FailedRetryable)
            && (row.at.is_none() || state == State::Succeeded)
            && (row.promised || !matches!(state, State::FailedTerminal | State::Cancelled))
    };
    let right = match serde_json::from_str::<Line<'_, Vec<Row>>>(line) {
        Ok(Line { data: Some(rows), .. }) => rows.iter().all(fits),
        Ok(Line { error: Some(error), .. }) => unknown(error, true).is_ok(),
        _ => false,
    };
    if !right {
        stage.wrong(format!("the list of commands that are {state} is {line}"));
    }
}
