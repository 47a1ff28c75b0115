//! What this process has just appended, for those who follow the log close behind: it saves reading it back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Commit;

/// The last commits of each partition that this process stored, with no gap between them.
pub(crate) struct Recent {
    partitions: Vec<Mutex<Tail>>,
    /// The most bytes of one partition.
    most_bytes: usize,
}

#[derive(Default)]
struct Tail {
    commits: VecDeque<Arc<Commit>>,
    bytes: usize,
}

/// The most bytes of all partitions together, and the most commits of one.
const MOST_BYTES: usize = 8 << 20;
const MOST_COMMITS: usize = 1_024;

impl Recent {
    pub(crate) fn new(partitions: u16) -> Self {
        let partitions: Vec<_> = (0..partitions.max(1)).map(|_| Mutex::default()).collect();
        Self { most_bytes: MOST_BYTES / partitions.len(), partitions }
    }

    /// Takes commits of one partition that are durable, in order.
    pub(crate) fn stored(&self, partition: u16, commits: &[Arc<Commit>]) {
        let Some(mut tail) = self.tail(partition) else { return };
        for commit in commits {
            let follows =
                tail.commits.back().is_none_or(|last| last.position.number + 1 == commit.position.number);
            if !follows {
                *tail = Tail::default();
            }
            tail.bytes += size(commit);
            tail.commits.push_back(commit.clone());
        }
        while tail.bytes > self.most_bytes || tail.commits.len() > MOST_COMMITS {
            let Some(first) = tail.commits.pop_front() else { break };
            tail.bytes -= size(&first);
        }
    }

    /// Commits that follow number `after` without a gap, at most `limit`; none where they are not held.
    pub(crate) fn after(&self, partition: u16, after: u64, limit: usize) -> Vec<Arc<Commit>> {
        let Some(tail) = self.tail(partition) else { return Vec::new() };
        let first = tail.commits.front().map_or(0, |first| first.position.number);
        match (after + 1).checked_sub(first).map(usize::try_from) {
            Some(Ok(skip)) if first > 0 => tail.commits.iter().skip(skip).take(limit).cloned().collect(),
            _ => Vec::new(),
        }
    }

    fn tail(&self, partition: u16) -> Option<MutexGuard<'_, Tail>> {
        let tail = self.partitions.get(usize::from(partition))?;
        Some(tail.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a commit holds in memory, roughly.
fn size(commit: &Commit) -> usize {
    commit.bytes() + 512
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hash;
    use tidings_domain::{Encoded, Position, Timestamp};
    use uuid::Uuid;

    fn commits(numbers: std::ops::RangeInclusive<u64>, bytes: usize) -> Vec<Arc<Commit>> {
        let commit = |number| Commit {
            position: Position::new(0, number),
            stream: "post-1".parse().unwrap(),
            first_version: number,
            events: vec![Encoded { name: "Happened".into(), schema: 1, data: "x".repeat(bytes) }],
            id: Uuid::nil(),
            command: Uuid::nil(),
            correlation: Uuid::nil(),
            causation: None,
            actor: Uuid::nil(),
            occurred_at: None,
            recorded_at: Timestamp::from_millis(0),
            hash: Hash::default(),
        };
        numbers.map(|number| Arc::new(commit(number))).collect()
    }

    fn after(recent: &Recent, number: u64) -> Vec<u64> {
        recent.after(0, number, 100_000).iter().map(|commit| commit.position.number).collect()
    }

    #[test]
    fn what_follows_a_number_is_held_without_a_gap() {
        let recent = Recent::new(1);
        assert!(after(&recent, 0).is_empty());
        recent.stored(0, &commits(5..=7, 10));
        recent.stored(0, &commits(8..=8, 10));
        assert_eq!(after(&recent, 4), [5, 6, 7, 8]);
        assert_eq!(after(&recent, 7), [8]);
        assert!(after(&recent, 8).is_empty());
        assert!(after(&recent, 3).is_empty(), "4 is not held");
        assert_eq!(recent.after(0, 4, 2).len(), 2);
    }

    #[test]
    fn what_another_writer_stored_in_between_ends_what_is_held() {
        let recent = Recent::new(1);
        recent.stored(0, &commits(1..=3, 10));
        recent.stored(0, &commits(5..=6, 10));
        assert!(after(&recent, 3).is_empty());
        assert_eq!(after(&recent, 4), [5, 6]);
    }

    #[test]
    fn it_does_not_grow() {
        let recent = Recent::new(1);
        recent.stored(0, &commits(1..=5_000, 10));
        assert_eq!(after(&recent, 4_990).len(), 10);
        assert!(after(&recent, 5_000 - MOST_COMMITS as u64 - 1).is_empty());
        recent.stored(0, &commits(5_001..=5_030, 1 << 20));
        assert!(after(&recent, 5_020).is_empty());
        assert_eq!(after(&recent, 5_023).len(), 7);
    }
}
