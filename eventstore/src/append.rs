//! What is asked of the log, and what it answers.

use std::sync::Arc;

use tidings_domain::{Encoded, StreamId, Timestamp};
use uuid::Uuid;

use crate::{Commit, ReadError};

/// A wish to append the events of one command to one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The aggregate's stream.
    pub stream: StreamId,
    /// The version that the stream must have: 0 where it must be empty.
    pub expected: u64,
    /// What happened; at least one.
    pub events: Vec<Encoded>,
    /// The command's id: appended once, whoever sends it how often.
    pub command: Uuid,
    /// What the whole conversation is about.
    pub correlation: Uuid,
    /// What led to the command.
    pub causation: Option<Uuid>,
    /// Who gave the command.
    pub actor: Uuid,
    /// When it happened, as the client says.
    pub occurred_at: Option<Timestamp>,
}

/// The append is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The commit as it stands in the log.
    pub commit: Arc<Commit>,
    /// Whether it was there already, made by an earlier sending of the same command.
    pub replayed: bool,
}

/// Why an append did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The stream is at another version than expected. Nothing was appended.
    #[error("{stream} is at version {actual}, not {expected}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// The version that the append named.
        expected: u64,
        /// The version that the stream has.
        actual: u64,
    },
    /// The command's id was used before, for another stream. Nothing was appended.
    #[error("command {command} was given before, for {stream}")]
    CommandReused {
        /// The command's id.
        command: Uuid,
        /// The stream that its first use changed.
        stream: StreamId,
    },
    /// It is too large, or empty. Nothing was appended.
    #[error("{0}")]
    Unfit(String),
    /// Whether it was appended is not known, or it was not for a passing cause. Sent again with the same
    /// command id, it is appended once.
    #[error("unavailable, retry with the same command id: {0}")]
    Unavailable(String),
}

impl From<ReadError> for AppendError {
    fn from(error: ReadError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
