//! Proves that a partition is as it was written.

use std::collections::HashMap;

use tidings_domain::{Position, StreamId, Timestamp};
use uuid::Uuid;

use crate::{Commit, EventStore, Hash, Head, Log, ReadError, partition_of};

/// What was proven of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionReport {
    /// The partition.
    pub partition: u16,
    /// How many commits it has.
    pub commits: u64,
    /// How many events they have together.
    pub events: u64,
    /// How many streams it has.
    pub streams: u64,
    /// Its end. The hash stands for the whole partition: where another copy of the log has the same, the two are
    /// the same.
    pub head: Head,
}

/// Why a partition is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The commit at this position is not as it was written, or not where it was written.
    #[error("the log is not as it was written: at {position}, {flaw}")]
    Flawed {
        /// The first position at which something is wrong.
        position: Position,
        /// What is wrong there.
        flaw: Flaw,
    },
    /// It cannot be read, perhaps because it is damaged.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
}

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

/// How many commits are read at a time.
const PAGE: usize = 1_000;

/// Reads a whole partition and proves that numbers, versions and times are in order, commands are there once, and
/// the chain of hashes holds. `progress` is told, page by page, how many commits are done. Its memory grows with
/// the number of streams and commands (about 100 bytes each).
///
/// That commits were cut off at the end is not seen from the partition alone: compare
/// [`head`](PartitionReport::head) with one noted elsewhere.
///
/// ```
/// use tidings_eventstore::{MemoryLog, verify};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let log = MemoryLog::new(8);
/// let report = verify(&log, 3, |done| eprintln!("{done} commits")).await?;
/// assert_eq!(report.commits, 0);
/// # Ok::<(), tidings_eventstore::VerifyError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// The first position at which something is wrong, and what; or why the log cannot be read.
pub async fn verify(
    log: &dyn Log,
    partition: u16,
    mut progress: impl FnMut(u64),
) -> Result<PartitionReport, VerifyError> {
    let mut proof = Proof { partitions: log.shape().partitions, ..Proof::default() };
    loop {
        let slice = log.read_partition(partition, proof.head.number, PAGE).await?;
        for commit in &slice.commits {
            proof
                .take(partition, commit)
                .map_err(|flaw| VerifyError::Flawed { position: commit.position, flaw })?;
        }
        progress(proof.head.number);
        if slice.end {
            break;
        }
    }
    let Proof { events, versions, head, .. } = proof;
    Ok(PartitionReport { partition, commits: head.number, events, streams: versions.len() as u64, head })
}

impl EventStore {
    /// Proves a partition; see [`verify()`].
    ///
    /// # Errors
    /// As [`verify()`].
    pub async fn verify(
        &self,
        partition: u16,
        progress: impl FnMut(u64),
    ) -> Result<PartitionReport, VerifyError> {
        verify(self.log(), partition, progress).await
    }
}

#[derive(Default)]
struct Proof {
    partitions: u16,
    head: Head,
    events: u64,
    versions: HashMap<StreamId, u64>,
    commands: HashMap<Uuid, u64>,
    scratch: Vec<u8>,
}

impl Proof {
    fn take(&mut self, partition: u16, commit: &Commit) -> Result<(), Flaw> {
        let Commit { position, stream, first_version, recorded_at, command, .. } = commit;
        let (number, expected) = (position.number, self.head.number + 1);
        if number != expected || position.partition != partition {
            return Err(Flaw::Number { expected });
        }
        let computed = commit.hash_with(self.head.hash, &mut self.scratch);
        if computed != commit.hash {
            return Err(Flaw::Hash { stored: commit.hash, computed });
        }
        if *recorded_at < self.head.recorded_at {
            return Err(Flaw::Time { recorded_at: *recorded_at, previous: self.head.recorded_at });
        }
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
        if let Some(first) = self.commands.insert(*command, number) {
            return Err(Flaw::Command { command: *command, first });
        }
        self.events += commit.events.len() as u64;
        self.head = Head::of(commit);
        Ok(())
    }
}
