//! From which state a call may bring a command to which, when, and for whom.

use tidings_domain::Timestamp;
use tidings_ledger::{Entry, Finish, Hold, How, Operated, Received, State, retry};

use super::{By, Record};
use crate::stage::Stage;

/// Whether the step from what a command was to what it is now is one that the call may make.
pub(super) fn check(
    before: Option<&Record>,
    after: &Entry,
    by: &By<'_>,
    now: Timestamp,
) -> Result<(), String> {
    let Some(before) = before.map(|before| &before.entry) else {
        return match by {
            By::Receiving(_, Received::Accepted | Received::Claimed(_)) => Ok(()),
            _ => Err("was never received".into()),
        };
    };
    match by {
        By::Receiving(command, received) => match received {
            _ if (command.digest != before.digest) != (**received == Received::Reused) => {
                Err(format!("was sent with the digest {:?}, and answered {received:?}", command.digest))
            }
            Received::Claimed(_) if !may_be_waited_for(before, command.how.host(), now) => {
                Err(format!("was given to who waits for it, and was {before:?} at {now}"))
            }
            Received::Claimed(hold) => given(before, after, hold),
            Received::Accepted => Err("was promised as if it were new".into()),
            Received::Known(_) if before.promised && !after.promised => {
                Err("is not promised any more".into())
            }
            Received::Known(_) | Received::Reused => same_but_promised(before, after),
        },
        By::Claiming(hold) => match may_be_claimed(before, now) {
            true if hold.attempts != before.attempts + 1 => Err("lost count of its attempts".into()),
            true => given(before, after, hold),
            false => Err(format!("was given to a worker, and was {before:?} at {now}")),
        },
        By::Renewing(hold, renewed) => must_hold(before, *hold, *renewed),
        By::Finishing(hold, finish, done) => {
            must_hold(before, *hold, *done)?;
            if *done { ended(*hold, finish, after, now) } else { same(before, after) }
        }
        By::TakingOver if after.state == State::Received && after.fence > before.fence => Ok(()),
        By::TakingOver => Err("was not taken from its host".into()),
        By::Retrying(Operated::Done(_)) if after.state == State::Received && after.attempts == 0 => Ok(()),
        By::CallingOff(Operated::Done(_)) if before.state != State::Processing => Ok(()),
        By::Retrying(Operated::Done(_)) | By::CallingOff(Operated::Done(_)) => {
            Err(format!("was {before:?} when an operator changed it"))
        }
        By::Retrying(_) | By::CallingOff(_) => same(before, after),
    }
}

/// Whoever takes a command gets a number that is larger than any before.
fn given(before: &Entry, after: &Entry, hold: &Hold) -> Result<(), String> {
    match hold.fence == after.fence && after.fence > before.fence && after.state == State::Processing {
        true => Ok(()),
        false => Err(format!("was taken under {hold:?}, from {before:?}")),
    }
}

/// A call under a hold has its effect exactly where nobody has taken the command since.
fn must_hold(before: &Entry, hold: Hold, has_effect: bool) -> Result<(), String> {
    let holds = before.state == State::Processing && before.fence == hold.fence;
    match holds == has_effect {
        true => Ok(()),
        false if holds => Err(format!("{hold:?} was not heard")),
        false => Err(format!("{hold:?} was heard, and counts no more: it was {before:?}")),
    }
}

fn same(before: &Entry, after: &Entry) -> Result<(), String> {
    if before == after { Ok(()) } else { Err(format!("was {before:?}, and nobody may have changed it")) }
}

fn same_but_promised(before: &Entry, after: &Entry) -> Result<(), String> {
    let promised = !before.promised && after.promised && !before.state.is_final();
    if promised { Ok(()) } else { same(before, after) }
}

fn may_be_claimed(before: &Entry, now: Timestamp) -> bool {
    before.promised
        && match before.state {
            State::Received => true,
            State::Processing => before.lease_until.is_some_and(|until| until <= now),
            State::FailedRetryable => before.next_attempt_at.is_some_and(|at| at <= now),
            _ => false,
        }
}

fn may_be_waited_for(before: &Entry, by: Option<uuid::Uuid>, now: Timestamp) -> bool {
    match before.state {
        State::Received | State::FailedRetryable => true,
        State::Processing => before.host == by || before.lease_until.is_some_and(|until| until <= now),
        _ => false,
    }
}

/// What an end leaves behind; a retry is due in its time.
fn ended(hold: Hold, finish: &Finish, after: &Entry, now: Timestamp) -> Result<(), String> {
    let state = match finish {
        Finish::Appended { .. } | Finish::Unchanged { .. } => State::Succeeded,
        Finish::Refused { .. } => State::Rejected,
        Finish::Retry { .. } => State::FailedRetryable,
        Finish::Failed { .. } => State::FailedTerminal,
        Finish::LetGo { .. } if hold.next_attempt_at.is_some() => State::FailedRetryable,
        Finish::LetGo { .. } => State::Received,
    };
    if after.state != state {
        return Err(format!("is not {state} after {finish:?}"));
    }
    match finish {
        Finish::Failed { .. } if hold.attempts < retry::ATTEMPTS => {
            Err(format!("was given up after {} attempts", hold.attempts))
        }
        Finish::Retry { after: wait, .. } => {
            let soonest = retry::after(hold.attempts, 0).unwrap_or(retry::LONGEST);
            let latest = retry::after(hold.attempts, u64::MAX).unwrap_or(retry::LONGEST);
            let at = now.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
            match (soonest..=latest).contains(wait) && after.next_attempt_at == Some(at) {
                true => Ok(()),
                false => Err(format!("is to be tried again {wait:?} after {now}")),
            }
        }
        _ => Ok(()),
    }
}

/// Counts what befell it, as faults that were really met.
pub(super) fn count(stage: &Stage, before: Option<&Record>, by: &By<'_>) {
    let at_it = before.is_some_and(|before| before.entry.state == State::Processing);
    match by {
        By::Claiming(_) | By::Receiving(_, Received::Claimed(_)) if at_it => {
            stage.count_fault("a lease ended, and another took the command");
        }
        By::Finishing(_, Finish::Failed { .. }, true) => {
            stage.count_fault("a command given up after its last attempt");
        }
        By::Finishing(_, _, false) => stage.count_fault("a host that came too late was not heard"),
        _ => {}
    }
}

trait Host {
    fn host(&self) -> Option<uuid::Uuid>;
}

impl Host for How {
    fn host(&self) -> Option<uuid::Uuid> {
        match self {
            Self::Claim { host, .. } => Some(*host),
            Self::Promise { .. } => None,
        }
    }
}
