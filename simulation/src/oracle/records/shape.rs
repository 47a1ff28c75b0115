//! What belongs to each state.

use tidings_ledger::{Entry, State};

/// Whether an entry has what its state asks for, and nothing else.
pub(super) fn check(entry: &Entry) -> Result<(), String> {
    let Entry { state, .. } = *entry;
    let exactly = |has: bool, when: bool, what: &str| match has == when {
        true => Ok(()),
        false if has => Err(format!("has {what}, and is {state}")),
        false => Err(format!("is {state}, and has no {what}")),
    };
    exactly(entry.next_attempt_at.is_some(), state == State::FailedRetryable, "time of its next attempt")?;
    exactly(entry.host.is_some(), state == State::Processing, "host")?;
    exactly(entry.lease_until.is_some(), state == State::Processing, "lease")?;
    exactly(entry.outcome.is_some(), state.is_final(), "outcome")?;
    match state {
        State::FailedRetryable | State::FailedTerminal | State::Cancelled if !entry.promised => {
            Err(format!("is {state}, and was promised to nobody"))
        }
        _ if entry.position.is_some() && state != State::Succeeded => {
            Err(format!("is {state}, and has a position"))
        }
        _ if entry.updated_at < entry.received_at => Err("changed before it was received".into()),
        _ => Ok(()),
    }
}
