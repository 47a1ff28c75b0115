//! From events to a step: what changes, what is parked. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use tidings_domain::{Position, Recorded, StreamId, Timestamp};
use uuid::Uuid;

use crate::{Advance, Checkpoint, Group, Parked, Step};

/// One step over whole commits which follow the checkpoint without a gap, in order in each partition.
///
/// An event that cannot be projected is parked, and so is what follows it in its stream, here and where its
/// stream is in `parked` already.
pub fn step(
    group: &Group,
    checkpoint: &Checkpoint,
    parked: &BTreeSet<StreamId>,
    events: &[Arc<Recorded>],
    now: Timestamp,
) -> Step {
    let mut planner = Planner::new(checkpoint, parked);
    for event in events {
        planner.take(group, event, now);
    }
    planner.step()
}

/// Makes steps of events, one after another, without a look at the read model.
///
/// ```
/// use std::collections::BTreeSet;
/// use tidings_domain::{Encoded, Event, Position, Recorded, testing::sample};
/// use tidings_projections::{Advance, Checkpoint, Planner, social};
/// # let event = sample::post_created(1, sample::user(7));
/// # let recorded = Recorded {
/// #     position: Position::new(0, 5), index: 0, count: 1, version: 1, event: event.encode(),
/// #     stream: tidings_domain::post::stream(sample::post(1)), commit: uuid::Uuid::nil(),
/// #     command: uuid::Uuid::nil(), correlation: uuid::Uuid::nil(), causation: None, actor: uuid::Uuid::nil(),
/// #     occurred_at: None, recorded_at: sample::time(0),
/// # };
///
/// let checkpoint = Checkpoint { numbers: vec![4], commits: vec![uuid::Uuid::from_u128(4)], parked_epoch: 0 };
/// let mut planner = Planner::new(&checkpoint, &BTreeSet::new());
/// planner.take(&social::group(), &recorded, sample::time(0));
/// let step = planner.step();
/// assert_eq!(step.advances, [Advance { partition: 0, from: 4, to: 5, commit: recorded.commit }]);
/// assert!(planner.step().advances.is_empty(), "nothing came since");
/// ```
#[derive(Debug)]
pub struct Planner {
    /// Where each partition stands after what was taken.
    checkpoint: Checkpoint,
    /// The streams that wait, by what was there before and by what was taken.
    parked: BTreeSet<StreamId>,
    step: Step,
}

impl Planner {
    /// Starts where a read model stands, with the streams that have parked events there.
    pub fn new(checkpoint: &Checkpoint, parked: &BTreeSet<StreamId>) -> Self {
        let step = Step { parked_epoch: checkpoint.parked_epoch, ..Step::default() };
        Self { checkpoint: checkpoint.clone(), parked: parked.clone(), step }
    }

    /// Takes the next event of its partition. `now` is the time at which it is parked, if it is.
    pub fn take(&mut self, group: &Group, event: &Recorded, now: Timestamp) {
        self.reach(event.position, event.commit);
        if self.parked.contains(&event.stream) {
            self.step.park.push(Parked::of(event, "", now));
            return;
        }
        match group.project(event) {
            Ok(changes) => self.step.changes.merge(changes),
            Err(error) => {
                self.step.park.push(Parked::of(event, error.to_string(), now));
                self.parked.insert(event.stream.clone());
            }
        }
    }

    fn reach(&mut self, Position { partition, number: to }: Position, commit: Uuid) {
        let from = self.checkpoint.numbers.get(usize::from(partition)).copied().unwrap_or(0);
        let advance = Advance { partition, from, to, commit };
        self.checkpoint.follow(&advance);
        match self.step.advances.iter_mut().find(|advance| advance.partition == partition) {
            Some(known) => (known.to, known.commit) = (to, commit),
            None => self.step.advances.push(advance),
        }
    }

    /// Where each partition stands after what was taken.
    pub(crate) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Makes room for a step that changes so many rows.
    pub fn expect(&mut self, rows: usize) {
        self.step.changes.reserve(rows);
    }

    /// The step over what was taken since the last one.
    pub fn step(&mut self) -> Step {
        let step = std::mem::take(&mut self.step);
        self.checkpoint.parked_epoch = step.next_epoch();
        self.step.parked_epoch = self.checkpoint.parked_epoch;
        step
    }
}

/// What is new of some events: a hole before it is an error.
///
/// # Errors
/// The first hole.
pub(crate) fn fresh(checkpoint: &Checkpoint, events: &[Arc<Recorded>]) -> Result<Vec<Arc<Recorded>>, Hole> {
    let mut ends: BTreeMap<u16, (u64, u32, u32)> = BTreeMap::new();
    let mut fresh = Vec::with_capacity(events.len());
    for event in events {
        let (partition, number) = (event.position.partition, event.position.number);
        let seen = checkpoint.numbers.get(usize::from(partition)).copied().unwrap_or(0);
        if number <= seen {
            continue;
        }
        // The last commit, its last event's place and its count: whole before the next begins.
        let (last, index, count) = ends.get(&partition).copied().unwrap_or((seen, 0, 1));
        let whole = index + 1 == count;
        let next = if whole { (last + 1, 0) } else { (last, index + 1) };
        if (number, event.index) != next {
            return Err(Hole { partition, after: if whole { last } else { last - 1 } });
        }
        ends.insert(partition, (number, event.index, event.count));
        fresh.push(event.clone());
    }
    match ends.iter().find(|(_, (_, index, count))| index + 1 < *count) {
        Some((partition, (last, ..))) => Err(Hole { partition: *partition, after: last - 1 }),
        None => Ok(fresh),
    }
}

/// Where commits are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    pub(crate) partition: u16,
    pub(crate) after: u64,
}

/// The commits in some events, as ranges.
pub(crate) fn commits(events: &[Arc<Recorded>]) -> Vec<Range<usize>> {
    let mut commits: Vec<Range<usize>> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match commits.last_mut() {
            Some(commit) if events[commit.start].position == event.position => commit.end = place + 1,
            _ => commits.push(place..place + 1),
        }
    }
    commits
}
