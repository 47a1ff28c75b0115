//! The fold of the log, event by event and partition by partition: what a read model must be.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tidings_domain::{Position, Recorded, StreamId};
use tidings_projections::{ApplyError, Group, MemoryReadModel, ReadModel, Snapshot, Step};

use crate::totals;
use crate::truth::Truth;

/// The place of an event in the log.
type Place = (Position, u32);

/// A fold that can go on.
pub(super) struct Fold {
    group: Group,
    model: MemoryReadModel,
    epoch: u64,
    numbers: Vec<u64>,
    /// What is parked of each stream.
    parked: BTreeMap<StreamId, BTreeSet<Place>>,
}

/// A fold at some moment.
#[derive(Clone)]
pub(super) struct Folded {
    pub(super) rows: Snapshot,
    numbers: Vec<u64>,
    parked: BTreeMap<StreamId, BTreeSet<Place>>,
}

impl Folded {
    pub(super) fn parked_places(&self) -> BTreeSet<Place> {
        self.parked.values().flatten().copied().collect()
    }
}

impl Fold {
    pub(super) fn new(partitions: u16) -> Self {
        let (group, model) = (totals::group(true), MemoryReadModel::default());
        let mut new = Self { group, model, epoch: 0, numbers: Vec::new(), parked: BTreeMap::new() };
        let numbers = vec![0; usize::from(partitions)];
        new.go_back(Folded { rows: Snapshot::default(), numbers, parked: BTreeMap::new() });
        new
    }

    /// The whole log as the last release projects it.
    pub(super) fn whole(truth: &Truth, partitions: u16) -> Result<Self, String> {
        let mut fold = Self::new(partitions);
        for partition in 0..partitions {
            for number in 1..=truth.head(partition) {
                for event in recorded(truth, Position::new(partition, number))? {
                    if fold.parked.contains_key(&event.stream) || !fold.applied(&event)? {
                        fold.park(&event)?;
                    }
                }
            }
        }
        Ok(fold)
    }

    pub(super) fn group(&self) -> &Group {
        &self.group
    }

    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    pub(super) fn folded(&self) -> Folded {
        let rows = self.model.snapshot(self.group.name).unwrap_or_default();
        Folded { rows, numbers: self.numbers.clone(), parked: self.parked.clone() }
    }

    /// Back to what it was at some moment.
    pub(super) fn go_back(&mut self, to: Folded) {
        self.model.restore(&self.group, to.rows);
        let now = self.model.snapshot(self.group.name);
        self.epoch = now.map_or(0, |snapshot| snapshot.checkpoint.parked_epoch);
        (self.numbers, self.parked) = (to.numbers, to.parked);
    }

    /// Does what a step should have done, and says what is wrong with it.
    pub(super) fn step(&mut self, truth: &Truth, step: &Step) -> Result<(), String> {
        let mut parked: BTreeSet<Place> = step.park.iter().map(|p| (p.position, p.index)).collect();
        for place in &step.unpark {
            match parked.remove(place) {
                true => self.tried_in_vain(truth, *place)?,
                false => self.unpark(truth, *place)?,
            }
        }
        for advance in &step.advances {
            let at = &mut self.numbers[usize::from(advance.partition)];
            if *at != advance.from || advance.to < advance.from {
                return Err(format!("partition {} at {at} went {advance:?}", advance.partition));
            }
            *at = advance.to;
            let last = recorded(truth, Position::new(advance.partition, advance.to))?;
            if last.first().is_none_or(|last| last.commit != advance.commit) {
                return Err(format!("it says of another commit that it went there: {advance:?}"));
            }
            for number in advance.from + 1..=advance.to {
                for event in recorded(truth, Position::new(advance.partition, number))? {
                    match parked.remove(&(event.position, event.index)) {
                        true => self.park(&event)?,
                        false => self.apply(&event)?,
                    }
                }
            }
        }
        match parked.is_empty() {
            true => Ok(()),
            false => Err(format!("{parked:?} are parked, and are not of the step")),
        }
    }

    fn park(&mut self, event: &Recorded) -> Result<(), String> {
        let place = (event.position, event.index);
        if !self.parked.contains_key(&event.stream) && !totals::may_be_parked(event) {
            return Err(format!("{place:?} is parked without a reason"));
        }
        self.parked.entry(event.stream.clone()).or_default().insert(place);
        Ok(())
    }

    fn apply(&mut self, event: &Recorded) -> Result<(), String> {
        let place = (event.position, event.index);
        match self.parked.contains_key(&event.stream) {
            true => Err(format!("{place:?} is applied before what is parked of its stream")),
            false if self.applied(event)? => Ok(()),
            false => Err(format!("{place:?} cannot be applied, and is not parked")),
        }
    }

    /// An event that is tried again, which is the next of its stream.
    fn tried(&self, truth: &Truth, place: Place) -> Result<Recorded, String> {
        let all = recorded(truth, place.0)?;
        let event = all.into_iter().find(|event| event.index == place.1).ok_or("there is no such event")?;
        let first = self.parked.get(&event.stream).and_then(BTreeSet::first);
        match first == Some(&place) {
            true => Ok(event),
            false => {
                Err(format!("{place:?} is tried again, but {first:?} is the next parked one of its stream"))
            }
        }
    }

    fn tried_in_vain(&self, truth: &Truth, place: Place) -> Result<(), String> {
        let event = self.tried(truth, place)?;
        match totals::may_be_parked(&event) {
            true => Ok(()),
            false => Err(format!("{place:?} is tried in vain, without a reason")),
        }
    }

    fn unpark(&mut self, truth: &Truth, place: Place) -> Result<(), String> {
        let event = self.tried(truth, place)?;
        if !self.applied(&event)? {
            return Err(format!("{place:?} cannot be applied, and is parked no more"));
        }
        if let Some(parked) = self.parked.get_mut(&event.stream) {
            parked.pop_first();
        }
        self.parked.retain(|_, parked| !parked.is_empty());
        Ok(())
    }

    /// Applies an event, where it can be.
    fn applied(&self, event: &Recorded) -> Result<bool, String> {
        let Ok(changes) = self.group.project(event) else { return Ok(false) };
        let step = Step { changes, parked_epoch: self.epoch, ..Step::default() };
        // The model in memory waits for nothing.
        let mut applied = pin!(self.model.apply(&self.group, &step));
        match applied.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => Ok(true),
            Poll::Ready(Err(ApplyError::Unfit(_))) => Ok(false),
            other => Err(format!("the fold itself fails at {}: {other:?}", event.position)),
        }
    }
}

fn recorded(truth: &Truth, at: Position) -> Result<Vec<Recorded>, String> {
    let landed = truth.commit(at).ok_or(format!("it stands at {at}, which is not there"))?;
    Ok(landed.commit.recorded().collect())
}
