//! From events to a step: what changes, what is parked. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use tidings_domain::{Recorded, StreamId, Timestamp};

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
    let mut step = Step { parked_epoch: checkpoint.parked_epoch, ..Step::default() };
    let mut advances: BTreeMap<u16, u64> = BTreeMap::new();
    let mut stopped: BTreeSet<&StreamId> = BTreeSet::new();
    for event in events {
        advances.insert(event.position.partition, event.position.number);
        if parked.contains(&event.stream) || stopped.contains(&event.stream) {
            step.park.push(Parked::of(event, "", now));
            continue;
        }
        match group.project(event) {
            Ok(changes) => step.changes.merge(changes),
            Err(error) => {
                step.park.push(Parked::of(event, error.to_string(), now));
                stopped.insert(&event.stream);
            }
        }
    }
    let from = |partition: u16| checkpoint.numbers.get(usize::from(partition)).copied().unwrap_or(0);
    let advance = |(partition, to)| Advance { partition, from: from(partition), to };
    step.advances = advances.into_iter().map(advance).collect();
    step
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
