//! From positions that are worked in to offsets that a successor may start at.

use std::collections::{BTreeMap, VecDeque};

/// What was handed out of each partition and is not yet known to be worked in.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    handed_out: BTreeMap<u16, VecDeque<Handed>>,
    /// The offsets that may be committed.
    ready: BTreeMap<u16, i64>,
}

#[derive(Debug)]
struct Handed {
    /// The highest commit in it; 0 where it had none of ours.
    number: u64,
    /// The offset after it.
    end: i64,
}

/// How much is remembered of a partition: a note that is never worked in must not keep those behind it for ever.
const MOST: usize = 64;

impl Offsets {
    /// Some records of a partition were handed out.
    pub(super) fn handed_out(&mut self, partition: u16, number: u64, end: i64) {
        let handed_out = self.handed_out.entry(partition).or_default();
        if handed_out.len() == MOST {
            handed_out.pop_front();
        }
        handed_out.push_back(Handed { number, end });
    }

    /// A partition is worked in up to this commit.
    pub(super) fn worked(&mut self, partition: u16, number: u64) {
        let Some(handed_out) = self.handed_out.get_mut(&partition) else { return };
        while let Some(handed) = handed_out.pop_front_if(|handed| handed.number <= number) {
            self.ready.insert(partition, handed.end);
        }
    }

    /// A partition is another member's now.
    pub(super) fn forget(&mut self, partition: u16) {
        self.handed_out.remove(&partition);
        self.ready.remove(&partition);
    }

    /// The offsets that may be committed and were not taken yet.
    pub(super) fn take(&mut self) -> BTreeMap<u16, i64> {
        std::mem::take(&mut self.ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_ready_when_all_before_it_is_worked_in() {
        let mut offsets = Offsets::default();
        offsets.handed_out(1, 8, 10);
        // A repeat, after which new ones come.
        offsets.handed_out(1, 5, 15);
        offsets.handed_out(1, 9, 16);
        offsets.worked(1, 7);
        assert!(offsets.take().is_empty());
        offsets.worked(1, 8);
        assert_eq!(offsets.take(), BTreeMap::from([(1, 15)]));
        offsets.worked(1, 9);
        assert_eq!(offsets.take(), BTreeMap::from([(1, 16)]));
    }

    #[test]
    fn what_is_not_ours_is_passed_at_once() {
        let mut offsets = Offsets::default();
        offsets.handed_out(0, 0, 3);
        offsets.worked(0, 0);
        assert_eq!(offsets.take(), BTreeMap::from([(0, 3)]));
    }

    #[test]
    fn a_number_that_never_comes_is_dropped_in_time() {
        let mut offsets = Offsets::default();
        offsets.handed_out(0, u64::MAX, 1);
        for n in 1..=MOST as u64 {
            offsets.handed_out(0, n, 1 + n as i64);
        }
        offsets.worked(0, MOST as u64);
        assert_eq!(offsets.take(), BTreeMap::from([(0, 1 + MOST as i64)]));
    }

    #[test]
    fn a_partition_that_is_anothers_is_forgotten() {
        let mut offsets = Offsets::default();
        offsets.handed_out(0, 1, 1);
        offsets.worked(0, 1);
        offsets.forget(0);
        assert!(offsets.take().is_empty());
    }
}
