//! What the ledger knows of a command.

use tidings_domain::{Position, Timestamp};
use uuid::Uuid;

use crate::State;

/// What tells two commands apart that bear one id.
pub type Digest = [u8; 32];

/// What the ledger knows of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order of receipt, from 1; may have gaps.
    pub number: u64,
    /// The command's id.
    pub id: Uuid,
    /// Of its content.
    pub digest: Digest,
    /// What it is called, such as `CreatePost`.
    pub name: String,
    /// Who gave it.
    pub actor: Uuid,
    /// Whether it is carried out though nobody waits for it: the client was told `accepted`.
    pub promised: bool,
    /// Where it stands.
    pub state: State,
    /// How often it was begun; since it is promised, by workers only.
    pub attempts: u32,
    /// Grows whenever somebody takes it; who holds an older one is not heard any more.
    pub fence: u64,
    /// The host that is at it; exactly while it is [`State::Processing`].
    pub host: Option<Uuid>,
    /// When that host's lease ends; exactly while it is [`State::Processing`].
    pub lease_until: Option<Timestamp>,
    /// When it is tried again; exactly while it is [`State::FailedRetryable`].
    pub next_attempt_at: Option<Timestamp>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it last changed, leases that were renewed not counted.
    pub updated_at: Timestamp,
    /// Why the last attempt that failed did.
    pub last_error: Option<String>,
    /// Where its commit stands, if it made one.
    pub position: Option<Position>,
    /// What came of it, JSON: the fields of the reply, or its error. Exactly in a final state.
    pub outcome: Option<String>,
}

impl Entry {
    /// The error with which it was refused, given up or called off, as its reply had it: an outcome that is no success.
    pub fn error(&self) -> Option<&str> {
        self.outcome.as_deref().filter(|_| self.state != State::Succeeded)
    }

    /// Whether a host may take it whose client waits for it: nobody else is at it, as far as the ledger's time can
    /// tell.
    pub(crate) fn may_be_taken(&self, by: Uuid, now: Timestamp) -> bool {
        match self.state {
            State::Received | State::FailedRetryable => true,
            State::Processing => self.host == Some(by) || self.lease_until.is_none_or(|until| until <= now),
            _ => false,
        }
    }

    /// Its attempts when a host takes it whose client waits. Those of a promise are the workers': such a host uses up
    /// none, and gives back the one that its own worker has not begun, or was lost track of.
    pub(crate) fn attempts_when_waited_for(&self, by: Uuid) -> u32 {
        match self.promised {
            true => self.attempts.saturating_sub(u32::from(self.host == Some(by))),
            false => self.attempts.saturating_add(1),
        }
    }
}

/// The right to finish a command, as long as nobody else has taken it since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The command's id.
    pub id: Uuid,
    /// The number by which the ledger knows the latest of its holders.
    pub fence: u64,
    /// How often it was begun; this time included, where that counts.
    pub attempts: u32,
    /// Whether a worker holds it, since it was promised; else a client waits for it.
    pub promised: bool,
    /// When it is tried again if its client waits in vain: as it was before.
    pub next_attempt_at: Option<Timestamp>,
}
