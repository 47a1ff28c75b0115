//! Proves that a partition is as it was written.

use tidings_domain::Position;

use crate::proof::Proof;
use crate::{Commit, EventStore, Flaw, Head, Log, ReadError};

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
    progress: impl FnMut(u64),
) -> Result<PartitionReport, VerifyError> {
    verify_each(log, partition, |_| {}, progress).await
}

async fn verify_each(
    log: &dyn Log,
    partition: u16,
    mut take: impl FnMut(&Commit),
    mut progress: impl FnMut(u64),
) -> Result<PartitionReport, VerifyError> {
    let mut proof = Proof::of_log(log.shape().partitions);
    loop {
        let slice = log.read_partition(partition, proof.chain.head().number, PAGE).await?;
        for commit in &slice.commits {
            proof
                .take(partition, commit)
                .map_err(|flaw| VerifyError::Flawed { position: commit.position, flaw })?;
            take(commit);
        }
        progress(proof.chain.head().number);
        if slice.end {
            break;
        }
    }
    let (head, events, streams) = (proof.chain.head(), proof.events, proof.streams());
    Ok(PartitionReport { partition, commits: head.number, events, streams, head })
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

    /// As [`verify`](Self::verify); every commit that is proven goes to `take`, in order.
    ///
    /// # Errors
    /// As [`verify()`]; what was taken before is proven all the same.
    pub async fn verify_each(
        &self,
        partition: u16,
        take: impl FnMut(&Commit),
        progress: impl FnMut(u64),
    ) -> Result<PartitionReport, VerifyError> {
        verify_each(self.log(), partition, take, progress).await
    }
}
