//! From what came of a command to what the ledger keeps, and back.

use tidings_ledger::{Entry, Finish, Hold, State, retry};
use tidings_wire::{Code, ErrorReply};
use uuid::Uuid;

use crate::outcome::Done;

/// How an attempt ended. `random` are 64 random bits.
pub(super) fn finish(came: &Result<Done<'_>, ErrorReply>, hold: Hold, random: u64) -> Finish {
    match came {
        Ok(done) => {
            let outcome = json(&Done { replayed: false, ..done.clone() });
            match done.at {
                Some(position) if !done.unchanged => Finish::Appended { position, outcome },
                _ => Finish::Unchanged { outcome },
            }
        }
        // Unavailable, and not for now only: a history that cannot be read. Where somebody waits he may ask again.
        Err(error) if error.retry || error.code == Code::Unavailable => {
            let message = error.to_string();
            match retry::after(hold.attempts, random).filter(|_| error.retry) {
                _ if !hold.promised => Finish::LetGo { error: message },
                Some(after) => Finish::Retry { error: message, after },
                None => Finish::Failed { outcome: json(&for_good(error)), error: message },
            }
        }
        Err(refusal) => Finish::Refused { outcome: json(refusal) },
    }
}

/// The error of a command that is given up.
pub(super) fn for_good(error: &ErrorReply) -> ErrorReply {
    ErrorReply { retry: false, ..error.clone() }
}

pub(super) fn json(told: &impl serde::Serialize) -> String {
    // Writing to memory does not fail.
    serde_json::to_string(told).unwrap_or_default()
}

/// The first outcome of a command, as a repeat is told it; none where it has none yet.
pub(super) fn first(entry: &Entry, correlation: Option<Uuid>) -> Option<Result<Done<'static>, ErrorReply>> {
    let outcome = entry.outcome.as_deref().filter(|_| entry.state.is_final())?;
    let unreadable = |cause: serde_json::Error| {
        tracing::error!(command = %entry.id, %cause, "an outcome cannot be read from the ledger");
        let message = "the first outcome of this command cannot be read from the ledger";
        ErrorReply { retry: false, ..ErrorReply::new(Code::Unavailable, message) }
    };
    Some(match entry.state {
        State::Succeeded => serde_json::from_str::<Done<'static>>(outcome)
            .map(|done| Done { replayed: true, correlation, ..done })
            .map_err(unreadable),
        _ => Err(serde_json::from_str::<ErrorReply>(outcome)
            .map_or_else(unreadable, |error| error.with("replayed", true))),
    })
}
