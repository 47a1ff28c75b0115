//! The port of a log adapter, with its promises.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::{StreamId, Timestamp};
use uuid::Uuid;

use crate::{Commit, Hash};

/// Stores commits at the numbers they bear. Several processes may write to one log at the same time.
///
/// What an adapter promises (the conformance suite checks each):
///
/// 1. **Three unique keys in a partition**: number; stream and first version; command id. A commit whose key
///    is taken is not stored.
/// 2. **Whole commits**: a commit is stored with all its events or not at all.
/// 3. **In order**: the commits of a [`Batch`] are stored one after another; where one is not stored, none
///    after it is. So, when every batch starts at the number after one that is visible, numbers have no gap,
///    and whoever reads number n reads all before it, for ever.
/// 4. **Durable**: `insert` answers after what it stored would survive a loss of power.
/// 5. **Honest**: [`InsertError::Refused`] means that nothing was stored nor will be. What cannot be known is
///    [`InsertError::InDoubt`]; the commits may then be stored in whole, in part from the front, not at all,
///    or later.
/// 6. **In time**: every call answers within seconds, be it with an error. Callers wait for the calls of an adapter
///    without a limit of their own.
#[async_trait]
pub trait Log: Send + Sync {
    /// What was fixed when the log was created, and how many writers serve it best.
    fn shape(&self) -> Shape;

    /// What tells this log from every other, for what is kept beside it: drawn when the log was made, or first opened for
    /// writing by a program that draws one, and the same ever since, on every host and in every copy. None where nothing is
    /// drawn.
    fn identity(&self) -> Option<Uuid> {
        None
    }

    /// Whether somebody else may write to it, drop it or put another in its place while it is open, so that it is looked at
    /// now and then. So it is, unless an adapter says otherwise.
    fn is_shared(&self) -> bool {
        true
    }

    /// Looks whether what answers now is the log that was opened; asked after it was silent. So it is, unless an adapter
    /// says otherwise.
    ///
    /// # Errors
    /// When another log answers, or none.
    async fn check_identity(&self) -> Result<(), ReadError> {
        Ok(())
    }

    /// Whether a commit of this size can be stored at all; asked before its number is known. Any, unless an adapter
    /// says otherwise.
    ///
    /// # Errors
    /// What is too large, with the limit named.
    fn check(&self, _commit: &Commit) -> Result<(), String> {
        Ok(())
    }

    /// Stores the commits of each batch in order, up to the first whose key is taken, and tells for each
    /// batch how many it stored.
    ///
    /// # Errors
    /// When nothing was stored for certain, or when that is not known.
    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError>;

    /// The commits of a stream that hold versions from `version` on, in order; at most `limit`.
    ///
    /// # Errors
    /// When the store does not answer, or holds what cannot be read.
    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError>;

    /// The commits of a partition after number `after`, in order; at most `limit`.
    ///
    /// # Errors
    /// When the store does not answer, or holds what cannot be read.
    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError>;

    /// The last commit of a partition, in short.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn head(&self, partition: u16) -> Result<Head, ReadError>;

    /// The version of a stream: the number of its events, 0 where there are none.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError>;

    /// The commit of a command in a partition, if there is one.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError>;
}

/// What was fixed when a log was created, and how it likes to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The number of partitions, from 1.
    pub partitions: u16,
    /// How many inserts at a time serve it best: 1 where one thread writes, else up to one a partition.
    pub lanes: u16,
    /// How long an insert may wait for as many appends as the one before it held: they are on their way where callers
    /// append one after another. Zero where an insert is quicker than that.
    pub gather: Duration,
}

/// Commits of one partition, in order, with consecutive numbers.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The partition.
    pub partition: u16,
    /// The commits; at least one.
    pub commits: Vec<Arc<Commit>>,
}

/// Some commits, in order.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// The commits; perhaps fewer than asked for.
    pub commits: Vec<Arc<Commit>>,
    /// Whether nothing followed them when they were read.
    pub end: bool,
}

/// The end of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last commit's number; 0 where there is none.
    pub number: u64,
    /// Its hash; all zero where there is none.
    pub hash: Hash,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl Head {
    /// The head that a commit makes.
    pub fn of(commit: &Commit) -> Self {
        Self { number: commit.position.number, hash: commit.hash, recorded_at: commit.recorded_at }
    }
}

/// Why an insert did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// Nothing was stored, nor will be: the disk is full, the store is read-only, it could not be reached.
    #[error("nothing was stored: {0}")]
    Refused(String),
    /// It is not known what was stored, and it may still happen.
    #[error("it is not known what was stored: {0}")]
    InDoubt(String),
}

/// Why a read did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store does not answer; later it may.
    #[error("the log cannot be read: {0}")]
    Unavailable(String),
    /// What is stored cannot be understood: it was damaged, or written by a newer program.
    #[error("the log is damaged at {place}: {cause}")]
    Damaged {
        /// Where.
        place: String,
        /// What is wrong there.
        cause: String,
    },
}
