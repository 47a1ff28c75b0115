//! The unit of the log.

use tidings_domain::{Encoded, Position, Recorded, StreamId, Timestamp};
use uuid::Uuid;

use crate::Hash;

/// The events of one command on one stream: there whole, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Where it stands in the log.
    pub position: Position,
    /// The aggregate's stream.
    pub stream: StreamId,
    /// The place of its first event in the stream, from 1.
    pub first_version: u64,
    /// What happened; at least one.
    pub events: Vec<Encoded>,
    /// Its own id, by which a writer in doubt tells its own commits.
    pub id: Uuid,
    /// The command that made it. No two commits of a partition have the same.
    pub command: Uuid,
    /// What the whole conversation is about.
    pub correlation: Uuid,
    /// What led to the command, where something did.
    pub causation: Option<Uuid>,
    /// Who gave the command.
    pub actor: Uuid,
    /// When it happened, as the client says.
    pub occurred_at: Option<Timestamp>,
    /// When it was recorded; never earlier than the commit before it in the partition.
    pub recorded_at: Timestamp,
    /// The hash of all this and of the hash before it in the partition.
    pub hash: Hash,
}

impl Commit {
    /// The stream's version after this commit: the place of its last event.
    pub fn last_version(&self) -> u64 {
        self.first_version + self.events.len() as u64 - 1
    }

    /// Its size as stored, roughly: the bytes of its events' names and data.
    pub fn bytes(&self) -> usize {
        self.events.iter().map(|e| e.name.len() + e.data.len()).sum()
    }

    /// Its events one by one, each with all that is known of it.
    pub fn recorded(&self) -> impl Iterator<Item = Recorded> + '_ {
        let count = self.events.len() as u32;
        self.events.iter().zip(0u32..).map(move |(event, index)| Recorded {
            position: self.position,
            index,
            count,
            stream: self.stream.clone(),
            version: self.first_version + u64::from(index),
            event: event.clone(),
            commit: self.id,
            command: self.command,
            correlation: self.correlation,
            causation: self.causation,
            actor: self.actor,
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
        })
    }
}
