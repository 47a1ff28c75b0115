//! The port of a ledger, with its promises.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::{Position, Timestamp};
use uuid::Uuid;

use crate::{Digest, Entry, Hold, Reserved, State};

/// A command, as it is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receive {
    /// Its id.
    pub id: Uuid,
    /// Of its content.
    pub digest: Digest,
    /// What it is called.
    pub name: Cow<'static, str>,
    /// Who gives it.
    pub actor: Uuid,
    /// Whether its client waits.
    pub how: How,
}

/// What is to be done with a command that is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// This host carries it out at once, while its client waits.
    Claim {
        /// The host.
        host: Uuid,
        /// For how long it may be at it.
        lease: Duration,
    },
    /// It is carried out by whichever host claims it; its client is told that it is accepted.
    Promise {
        /// All that a host must know to carry it out.
        text: String,
    },
}

/// What the ledger says to a command that is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// To [`How::Claim`]: nobody else is at it, so carry it out.
    Claimed(Hold),
    /// To [`How::Promise`]: it was not known, and is now recorded durably.
    Accepted,
    /// It was received before, with the same content. It has its outcome; or another host is at it; or it is promised,
    /// and was so before or is so from now on, durably.
    Known(Box<Entry>),
    /// Its id was received before, with another content.
    Reused,
}

/// A wish for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who wants it.
    pub host: Uuid,
    /// For how long, unless it is renewed.
    pub lease: Duration,
    /// How many commands at most.
    pub most: u32,
}

/// A promised command to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The right to finish it.
    pub hold: Hold,
    /// The text of its [`How::Promise`].
    pub text: String,
}

/// What was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The ledger's time, which may be ahead of the host's.
    pub now: Timestamp,
    /// The commands; those that have waited the longest come first.
    pub work: Vec<Work>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// A commit was made, which the log remembers. This is the only end that need not be durable: lost, the command is
    /// carried out once more, and the log gives the same commit again.
    Appended {
        /// Where the commit stands.
        position: Position,
        /// What the reply says.
        outcome: String,
    },
    /// There was nothing to change.
    Unchanged {
        /// What the reply says.
        outcome: String,
    },
    /// The rules of the domain say no.
    Refused {
        /// The reply's error.
        outcome: String,
    },
    /// It failed, and is tried again.
    Retry {
        /// Why it failed.
        error: String,
        /// How long to wait before.
        after: Duration,
    },
    /// It failed for good.
    Failed {
        /// Why it failed.
        error: String,
        /// The reply's error.
        outcome: String,
    },
    /// Nothing came of it, and nobody is at it any more: a promised command is claimed at the time of its next attempt,
    /// or at once where it has none; what was not promised is carried out when it is sent again.
    LetGo {
        /// Why.
        error: String,
    },
}

/// The end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Whose.
    pub hold: Hold,
    /// How.
    pub finish: Finish,
}

/// A page of a list: newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those received before the one of this number.
    pub before: Option<u64>,
    /// How many at most.
    pub most: u32,
}

/// What became of an operator's wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operated {
    /// Done; the entry as it is now.
    Done(Box<Entry>),
    /// Not done: in this state it cannot be, or nobody was promised anything.
    Not(Box<Entry>),
    /// No such command is known.
    Missing,
}

/// The ledger did nothing, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// It does not answer, has no room, or refuses. Whether it did what was asked is not known; asked again it does it
    /// once.
    #[error("{0}")]
    Unavailable(String),
}

/// The record of commands, shared by all hosts that write to one log.
///
/// Its promises; [`conformance`](mod@crate::conformance) proves them for an adapter:
///
/// - Each call is one transaction: all of it, or nothing.
/// - What is `Ok` is durable, but for claims, leases and [`Finish::Appended`], which only outlive the process: who held
///   something is gone when the machine is, and what was appended the log remembers.
/// - A command is held by one at a time. A [`Hold`] counts until somebody else has taken the command; its holder is then
///   told so, and changes nothing.
/// - The attempts of a promised command are its workers': all are before it when it becomes promised, and clients that
///   wait for it use up none, and leave the time of the next as it was.
/// - An entry in a final state stays as it is, until it is removed for its age, or an operator changes it.
/// - Time is the caller's, `now`, except that it never runs back: where the ledger has seen a later one, that counts.
///
/// An adapter on a server keeps each call to one short transaction of few statements.
#[async_trait]
pub trait Ledger: Debug + Send + Sync {
    /// Records a command, or tells what is known of it.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn receive(&self, command: Receive, now: Timestamp) -> Result<Received, LedgerError>;

    /// Gives promised commands to a host: those that are new, whose time for the next attempt has come, or whose host
    /// has let its lease end.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<Claimed, LedgerError>;

    /// Makes leases last so long from now. Gives the ids of those that others have taken meanwhile.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn renew(
        &self,
        holds: Vec<Hold>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<Uuid>, LedgerError>;

    /// Ends attempts. `false` for each whose command others have taken meanwhile: nothing was changed there.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn finish(&self, ends: Vec<End>, now: Timestamp) -> Result<Vec<bool>, LedgerError>;

    /// Has every other host let go of what it is at; tells how many commands these are. Only for a host that knows
    /// that it is the only one, since the log can have no other writer.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn take_over(&self, host: Uuid, now: Timestamp) -> Result<u64, LedgerError>;

    /// What is known of a command.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn get(&self, id: Uuid) -> Result<Option<Entry>, LedgerError>;

    /// A page of a list.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn list(&self, listing: Listing) -> Result<Vec<Entry>, LedgerError>;

    /// How many promised commands are not done with; counted no further than `most`.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn backlog(&self, most: u64) -> Result<u64, LedgerError>;

    /// Has a promised command tried again at once, its attempts counted anew: one that has failed, for good or not, or
    /// was called off.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn retry(&self, id: Uuid, now: Timestamp) -> Result<Operated, LedgerError>;

    /// Calls a promised command off that nobody is at: it is not carried out any more. `outcome` is the error that a
    /// repeat of it is answered with.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn cancel(&self, id: Uuid, outcome: String, now: Timestamp) -> Result<Operated, LedgerError>;

    /// Removes entries that have not changed for so long, at most so many: finished ones, and unfinished ones that
    /// nobody was promised. Tells how many.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn remove(&self, unchanged: Duration, most: u32, now: Timestamp) -> Result<u64, LedgerError>;

    /// Reserves a name for so long, unless somebody else has it. The holder's own wish is renewed.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn reserve(
        &self,
        name: &str,
        holder: Uuid,
        lasts: Duration,
        now: Timestamp,
    ) -> Result<Reserved, LedgerError>;

    /// Makes a reservation last for good. `false` where it has ended, or never was. Done again, it is `true` again.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn confirm(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError>;

    /// Gives a name back, confirmed or not. `false` where the holder does not have it.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn release(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError>;

    /// Removes reservations that have ended, at most so many; tells how many. Only for the room: they count no more.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn expire(&self, most: u32, now: Timestamp) -> Result<u64, LedgerError>;

    /// Who has a name, also where the reservation has ended and was not removed yet.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn reservation(&self, name: &str) -> Result<Option<crate::Reservation>, LedgerError>;
}
