//! What the bus delivered, held against positions: the bus may repeat, lose, delay and reorder.

use std::collections::BTreeMap;

use tidings_bus::Record;

/// Puts the records of one partition together to whole commits, in order, without gaps or repeats.
#[derive(Debug, Default)]
pub struct Inbox {
    /// The last commit handed out.
    seen: u64,
    /// Commits ahead of it of which at least one record came.
    waiting: BTreeMap<u64, Partial>,
}

#[derive(Debug, Default)]
struct Partial {
    count: u32,
    records: BTreeMap<u32, Record>,
}

impl Partial {
    fn whole(&self) -> bool {
        self.records.len() == self.count as usize
    }
}

/// How many commits may wait behind a hole; those beyond are left to the refill.
const MOST_WAITING: usize = 4_096;

impl Inbox {
    /// Everything up to commit `seen` is known already.
    pub fn after(seen: u64) -> Self {
        Self { seen, waiting: BTreeMap::new() }
    }

    /// The last commit handed out or skipped.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Takes a record in; a repeat, or one of a commit that was handed out, changes nothing.
    pub fn put(&mut self, record: Record) {
        let number = record.position.number;
        let known = self.waiting.contains_key(&number);
        if number <= self.seen || (!known && self.waiting.len() >= MOST_WAITING) {
            return;
        }
        let partial = self.waiting.entry(number).or_default();
        partial.count = record.count;
        partial.records.insert(record.index, record);
    }

    /// The records of the next whole commits, in order.
    pub fn take(&mut self) -> Vec<Record> {
        let mut ready = Vec::new();
        while let Some(next) = self.waiting.first_entry()
            && *next.key() == self.seen + 1
            && next.get().whole()
        {
            ready.extend(next.remove().records.into_values());
            self.seen += 1;
        }
        ready
    }

    /// Whether something waits behind what never came: a hole to be refilled from the store.
    pub fn has_hole(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Everything up to commit `seen` was read elsewhere.
    pub fn skip_to(&mut self, seen: u64) {
        self.seen = self.seen.max(seen);
        self.waiting = self.waiting.split_off(&(self.seen + 1));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tidings_domain::{Encoded, Position, Recorded, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn record(number: u64, index: u32, count: u32) -> Record {
        Arc::new(Recorded {
            position: Position::new(0, number),
            index,
            count,
            stream: "lamp-kitchen".parse().unwrap(),
            version: number,
            event: Encoded { name: "TurnedOn".into(), schema: 1, data: "{}".into() },
            commit: Uuid::nil(),
            command: Uuid::from_u128(number.into()),
            correlation: Uuid::nil(),
            causation: None,
            actor: Uuid::nil(),
            occurred_at: None,
            recorded_at: Timestamp::from_millis(0),
        })
    }

    fn numbers(records: &[Record]) -> Vec<(u64, u32)> {
        records.iter().map(|r| (r.position.number, r.index)).collect()
    }

    #[test]
    fn what_comes_in_order_is_handed_out_at_once() {
        let mut inbox = Inbox::after(4);
        inbox.put(record(5, 0, 1));
        inbox.put(record(6, 0, 1));
        assert_eq!(numbers(&inbox.take()), [(5, 0), (6, 0)]);
        assert_eq!((inbox.seen(), inbox.has_hole()), (6, false));
    }

    #[test]
    fn repeats_and_old_records_change_nothing() {
        let mut inbox = Inbox::after(4);
        for number in [3, 5, 5, 4] {
            inbox.put(record(number, 0, 1));
        }
        assert_eq!(numbers(&inbox.take()), [(5, 0)]);
        inbox.put(record(5, 0, 1));
        assert!(inbox.take().is_empty() && !inbox.has_hole());
    }

    #[test]
    fn reordered_records_are_put_in_order() {
        let mut inbox = Inbox::after(0);
        for (number, index, count) in [(2, 1, 2), (1, 0, 1), (2, 0, 2)] {
            inbox.put(record(number, index, count));
        }
        assert_eq!(numbers(&inbox.take()), [(1, 0), (2, 0), (2, 1)]);
    }

    #[test]
    fn a_commit_of_which_a_record_is_missing_is_a_hole() {
        let mut inbox = Inbox::after(0);
        inbox.put(record(1, 0, 2));
        inbox.put(record(2, 0, 1));
        assert!(inbox.take().is_empty() && inbox.has_hole());
        inbox.skip_to(1);
        assert_eq!(numbers(&inbox.take()), [(2, 0)]);
        assert!(!inbox.has_hole());
    }

    #[test]
    fn whole_commits_behind_one_that_never_came_wait() {
        let mut inbox = Inbox::after(4);
        for number in [6, 7] {
            inbox.put(record(number, 0, 1));
        }
        assert!(inbox.take().is_empty() && inbox.has_hole());
        assert_eq!(inbox.seen(), 4);
    }

    #[test]
    fn behind_a_hole_no_more_waits_than_the_bound() {
        let mut inbox = Inbox::after(0);
        for number in 2..10_000 {
            inbox.put(record(number, 0, 1));
        }
        assert_eq!(inbox.waiting.len(), MOST_WAITING);
    }
}
