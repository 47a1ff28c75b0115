//! Where a commit of the file stands in the target.

use tidings_domain::Position;
use tidings_eventstore::{Commit, Head, partition_of};

/// Gives the commits of a file their places in the target: their own, or in another number of partitions new ones, the
/// same whenever the same file is read.
pub(super) struct Renumber {
    heads: Vec<Head>,
    same: bool,
}

impl Renumber {
    /// From a log of `from` partitions to one of `to`.
    pub(super) fn new(to: u16, from: u16) -> Self {
        Self { heads: vec![Head::default(); usize::from(to.max(1))], same: to == from }
    }

    /// Whether the places are those of the file.
    pub(super) fn is_same(&self) -> bool {
        self.same
    }

    /// Where the partitions end with what was taken.
    pub(super) fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The commit as it stands in the target.
    pub(super) fn take(&mut self, mut commit: Commit) -> Commit {
        if !self.same {
            let partitions = u16::try_from(self.heads.len()).unwrap_or(u16::MAX);
            let partition = partition_of(&commit.stream, partitions);
            let head = self.heads[usize::from(partition)];
            commit.position = Position::new(partition, head.number + 1);
            // The file is in the order of time; one that is not keeps the promise all the same.
            commit.recorded_at = commit.recorded_at.max(head.recorded_at);
            commit.hash = commit.hash_after(head.hash);
        }
        self.heads[usize::from(commit.position.partition)] = Head::of(&commit);
        commit
    }
}
