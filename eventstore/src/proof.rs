//! The proof of one partition, commit by commit, and what may be wrong with a commit.

use std::collections::HashMap;

use tidings_domain::{StreamId, Timestamp};
use uuid::Uuid;

use crate::{Commit, Hash, Head, partition_of};

/// What is wrong with a commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// Commits before it are missing, or it is there twice.
    #[error("number {expected} was to come")]
    Number {
        /// The number that should stand here.
        expected: u64,
    },
    /// It was changed, or something before it was changed, lost or inserted.
    #[error("the hash is {stored}, but the content's is {computed}")]
    Hash {
        /// The hash that it bears.
        stored: Hash,
        /// The hash of its content after the commit before it.
        computed: Hash,
    },
    /// It was recorded before the one before it.
    #[error("it was recorded at {recorded_at}, before the commit before it at {previous}")]
    Time {
        /// When it was recorded, as it says.
        recorded_at: Timestamp,
        /// When the commit before it was.
        previous: Timestamp,
    },
    /// It does not go on where its stream ended.
    #[error("it starts {stream} at version {found}, but version {expected} was to come")]
    Version {
        /// The stream.
        stream: StreamId,
        /// The version that should come.
        expected: u64,
        /// The version of its first event.
        found: u64,
    },
    /// Its command made a commit before.
    #[error("command {command} made commit {first} already")]
    Command {
        /// The command.
        command: Uuid,
        /// The number of its first commit.
        first: u64,
    },
    /// Its stream lives elsewhere.
    #[error("{stream} belongs in partition {partition}")]
    Partition {
        /// The stream.
        stream: StreamId,
        /// Where it belongs.
        partition: u16,
    },
}

/// The commits of a partition, looked at one after another: each has the number that was to come, the hash of its
/// content after the one before it, and was not recorded before it. In memory that does not grow.
///
/// ```
/// use tidings_eventstore::{Chain, Log, MemoryLog};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (log, mut chain) = (MemoryLog::new(8), Chain::default());
/// for commit in log.read_partition(3, 0, 1_000).await?.commits {
///     chain.take(&commit).expect("the log is as it was written");
/// }
/// assert_eq!(chain.head(), log.head(3).await?);
/// # Ok::<(), tidings_eventstore::ReadError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Chain {
    head: Head,
    scratch: Vec<u8>,
}

impl Chain {
    /// One that goes on after a commit with this head.
    pub fn after(head: Head) -> Self {
        Self { head, scratch: Vec::new() }
    }

    /// The last commit that was taken.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Takes the next commit.
    ///
    /// # Errors
    /// What is wrong with it; then it is not taken.
    pub fn take(&mut self, commit: &Commit) -> Result<(), Flaw> {
        let Commit { position, recorded_at, .. } = commit;
        let expected = self.head.number + 1;
        if position.number != expected {
            return Err(Flaw::Number { expected });
        }
        let computed = commit.hash_with(self.head.hash, &mut self.scratch);
        if computed != commit.hash {
            return Err(Flaw::Hash { stored: commit.hash, computed });
        }
        if *recorded_at < self.head.recorded_at {
            return Err(Flaw::Time { recorded_at: *recorded_at, previous: self.head.recorded_at });
        }
        self.head = Head::of(commit);
        Ok(())
    }
}

/// What is known of the commits of a partition that were looked at.
#[derive(Default)]
pub(crate) struct Proof {
    partitions: u16,
    pub(crate) chain: Chain,
    pub(crate) events: u64,
    versions: HashMap<StreamId, u64>,
    commands: HashMap<Uuid, u64>,
}

impl Proof {
    /// Of a partition of a log that has so many.
    pub(crate) fn of_log(partitions: u16) -> Self {
        Self { partitions, ..Self::default() }
    }

    /// How many streams they are of.
    pub(crate) fn streams(&self) -> u64 {
        self.versions.len() as u64
    }

    /// Takes the next commit.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn take(&mut self, partition: u16, commit: &Commit) -> Result<(), Flaw> {
        let Commit { position, stream, first_version, command, .. } = commit;
        if position.partition != partition {
            return Err(Flaw::Number { expected: self.chain.head().number + 1 });
        }
        self.chain.take(commit)?;
        let belongs = partition_of(stream, self.partitions);
        if belongs != partition {
            return Err(Flaw::Partition { stream: stream.clone(), partition: belongs });
        }
        let version = self.versions.entry(stream.clone()).or_default();
        if *first_version != *version + 1 || commit.events.is_empty() {
            return Err(Flaw::Version {
                stream: stream.clone(),
                expected: *version + 1,
                found: *first_version,
            });
        }
        *version = commit.last_version();
        if let Some(first) = self.commands.insert(*command, position.number) {
            return Err(Flaw::Command { command: *command, first });
        }
        self.events += commit.events.len() as u64;
        Ok(())
    }
}
