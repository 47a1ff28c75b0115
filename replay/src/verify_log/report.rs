//! What was proven of a log.

use std::collections::BTreeMap;

use tidings_domain::{DecodeError, Position};
use tidings_eventstore::{PartitionReport, VerifyError};
use uuid::Uuid;

/// What was proven of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// Each partition, in order: what was proven of it, or the first thing that is wrong there.
    pub partitions: Vec<Result<PartitionReport, VerifyError>>,
    /// Events that this program cannot read, by name, schema and kind of cause; in order of these.
    pub unreadable: Vec<Unreadable>,
    /// How many events there are of streams of kinds that are not of this domain, by kind. Another program's; they
    /// were not read.
    pub foreign: BTreeMap<String, u64>,
    /// Commands that made commits in several partitions. Legal: a client gave one id to commands on several streams.
    pub shared_commands: SharedCommands,
}

/// Events of one name and schema that cannot be read for one kind of cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The event's name.
    pub name: String,
    /// Its schema version.
    pub schema: u16,
    /// Why the first of them cannot be read.
    pub cause: DecodeError,
    /// How many there are.
    pub events: u64,
    /// Where the first of them stands: the lowest position.
    pub first: Position,
}

/// Commands that made commits in several partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedCommands {
    /// How many.
    pub count: u64,
    /// Some of them, the lowest ids; at most 10.
    pub examples: Vec<Uuid>,
}

impl LogReport {
    /// Whether every partition is as it was written.
    pub fn is_intact(&self) -> bool {
        self.partitions.iter().all(Result::is_ok)
    }

    /// Whether it is intact, and all events of this domain can be read.
    pub fn is_sound(&self) -> bool {
        self.is_intact() && self.unreadable.is_empty()
    }

    /// The commits of the partitions that are as they were written.
    pub fn commits(&self) -> u64 {
        self.partitions.iter().flatten().map(|partition| partition.commits).sum()
    }

    /// The events of the partitions that are as they were written.
    pub fn events(&self) -> u64 {
        self.partitions.iter().flatten().map(|partition| partition.events).sum()
    }
}
