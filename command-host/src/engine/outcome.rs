//! What goes into a command's execution beside the command, and what comes out.

use std::sync::Arc;

use tidings_domain::{Actor, DecodeError, Position, StreamId, Timestamp};
use tidings_eventstore::{AppendError, Commit, ReadError};
use tokio::time::Instant;
use uuid::Uuid;

/// Who gives a command, under which id, because of what.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// The command's id: given twice, it happens once.
    pub command: Uuid,
    /// Who gives it.
    pub actor: Actor,
    /// What the whole conversation is about; the command itself where nothing is given.
    pub correlation: Option<Uuid>,
    /// The event or command that led to it.
    pub causation: Option<Uuid>,
    /// When it happened, as the client says.
    pub occurred_at: Option<Timestamp>,
    /// After this moment it is not decided any more, since whoever gave it has stopped waiting.
    pub not_after: Option<Instant>,
}

impl Meta {
    /// A command with nothing but an id and an actor.
    pub fn new(command: Uuid, actor: Actor) -> Self {
        Self { command, actor, correlation: None, causation: None, occurred_at: None, not_after: None }
    }
}

/// A command was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its events are in the log, durably.
    Appended {
        /// The commit.
        commit: Arc<Commit>,
        /// Whether it was there already: the command had been carried out before.
        replayed: bool,
    },
    /// It changed nothing: what it wishes is so already.
    Unchanged {
        /// The stream.
        stream: StreamId,
        /// The stream's version at which that was seen.
        version: u64,
        /// Where the stream's last commit stands: a read model that has seen it shows what the command wishes.
        at: Option<Position>,
    },
}

/// A command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R> {
    /// The aggregate says no, having seen its newest history.
    #[error(transparent)]
    Rejected(R),
    /// Others changed the same stream, again and again.
    #[error("{stream} is changed by others faster than this command can be decided: {source}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// The last conflict, with both versions.
        source: AppendError,
    },
    /// The command's id was used before, for another stream.
    #[error("command {command} was given before, for {stream}")]
    CommandReused {
        /// The command's id.
        command: Uuid,
        /// The stream that its first use changed.
        stream: StreamId,
    },
    /// Its events are too large.
    #[error("{0}")]
    Unfit(String),
    /// The log does not answer; whether the command happened is not known. Sent again with the same id, it
    /// happens once.
    #[error("{0}")]
    Unavailable(String),
    /// Whoever gave it has stopped waiting: it was not decided. Sent again with the same id, it happens once.
    #[error("whoever gave the command has stopped waiting")]
    Late,
    /// The history of a stream cannot be read.
    #[error("the history of {stream} cannot be read: {source}")]
    Unreadable {
        /// The stream.
        stream: StreamId,
        /// What is wrong with it.
        source: DecodeError,
    },
}

impl<R> From<ReadError> for ExecuteError<R> {
    fn from(error: ReadError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
