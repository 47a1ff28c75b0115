//! An event as it stands in the log: what happened, where, when, because of what.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Encoded, StreamId, Timestamp};

/// A place in the log: the `number`-th commit (from 1) of a partition (from 0). Written `3:42`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Position {
    /// The partition, from 0.
    pub partition: u16,
    /// The commit's number in it, from 1; 0 stands before the first.
    pub number: u64,
}

impl Position {
    /// The position `partition:number`.
    pub fn new(partition: u16, number: u64) -> Self {
        Self { partition, number }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.number)
    }
}

/// A text is no position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no position of the form 3:42 (partition:number)")]
pub struct PositionError(String);

impl FromStr for Position {
    type Err = PositionError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || PositionError(text.chars().take(60).collect());
        let (partition, number) = text.split_once(':').ok_or_else(fail)?;
        Ok(Self {
            partition: partition.parse().map_err(|_| fail())?,
            number: number.parse().map_err(|_| fail())?,
        })
    }
}

impl TryFrom<String> for Position {
    type Error = PositionError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Position> for String {
    fn from(position: Position) -> Self {
        position.to_string()
    }
}

/// One event of the log with all that is known of it: what projections and consumers of the bus get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Where its commit stands.
    pub position: Position,
    /// Its place in the commit, from 0.
    pub index: u32,
    /// How many events the commit has.
    pub count: u32,
    /// The aggregate's stream.
    pub stream: StreamId,
    /// Its place in the stream, from 1.
    pub version: u64,
    /// What happened.
    pub event: Encoded,
    /// Its commit's own id: with it, a commit's hash can be made again from its events.
    pub commit: Uuid,
    /// The command that made it.
    pub command: Uuid,
    /// What the whole conversation is about; handed on from the client.
    pub correlation: Uuid,
    /// The event or command that led to the command, where there was one.
    pub causation: Option<Uuid>,
    /// Who gave the command.
    pub actor: Uuid,
    /// When it happened, as the client says.
    pub occurred_at: Option<Timestamp>,
    /// When it was recorded; never earlier than the commit before it in its partition.
    pub recorded_at: Timestamp,
}

impl Recorded {
    /// When it happened: the client's time where given, else when it was recorded.
    pub fn happened_at(&self) -> Timestamp {
        self.occurred_at.unwrap_or(self.recorded_at)
    }
}
