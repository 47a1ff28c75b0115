//! Promises 7 and 10: the read model is the fold of the log at its checkpoint, and its checkpoint goes forward.

use std::collections::BTreeSet;

use tidings_domain::{Position, Recorded, StreamId};
use tidings_projections::{Group, MemoryReadModel, ReadModel, Snapshot, Step};

use crate::hold;
use crate::stage::Stage;
use crate::totals;
use crate::truth::Truth;

/// The fold of the log, event by event and partition by partition: what the read model must be.
pub(crate) struct Mirror {
    group: Group,
    rows: MemoryReadModel,
    epoch: u64,
    numbers: Vec<u64>,
    /// Streams of which an event could not be applied.
    stopped: BTreeSet<StreamId>,
    parked: BTreeSet<(Position, u32)>,
    /// What the read model was at some moments.
    kept: Vec<Snapshot>,
}

impl Mirror {
    pub(crate) fn new(partitions: u16) -> Self {
        let (group, rows) = (totals::group(), MemoryReadModel::default());
        let numbers = vec![0; usize::from(partitions)];
        rows.restore(&group, Snapshot::default());
        let epoch = rows.snapshot(totals::NAME).map_or(0, |snapshot| snapshot.checkpoint.parked_epoch);
        Self {
            group,
            rows,
            epoch,
            numbers,
            stopped: BTreeSet::new(),
            parked: BTreeSet::new(),
            kept: Vec::new(),
        }
    }

    /// Folds on to these numbers.
    fn fold_to(&mut self, truth: &Truth, numbers: &[u64]) -> Result<(), String> {
        for (partition, to) in (0u16..).zip(numbers) {
            let at = usize::from(partition);
            if *to < self.numbers[at] {
                return Err(format!("partition {partition} went back from {} to {to}", self.numbers[at]));
            }
            for number in self.numbers[at] + 1..=*to {
                let position = Position::new(partition, number);
                let landed =
                    truth.commit(position).ok_or(format!("it stands at {position}, which is not there"))?;
                landed.commit.recorded().try_for_each(|event| self.take(&event))?;
            }
            self.numbers[at] = *to;
        }
        Ok(())
    }

    fn take(&mut self, event: &Recorded) -> Result<(), String> {
        let projected = match self.stopped.contains(&event.stream) {
            true => None,
            false => self.group.project(event).ok(),
        };
        let Some(changes) = projected else {
            self.stopped.insert(event.stream.clone());
            self.parked.insert((event.position, event.index));
            return Ok(());
        };
        let parked_epoch = self.epoch;
        let step = Step { changes, parked_epoch, ..Step::default() };
        // The model in memory waits for nothing.
        let mut applied = std::pin::pin!(self.rows.apply(&self.group, &step));
        match applied.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(Ok(())) => Ok(()),
            other => Err(format!("the fold itself fails at {}: {other:?}", event.position)),
        }
    }
}

/// Puts the read model back to what it was at some moment; from there it goes forward again.
pub(crate) fn switch_back(stage: &Stage) {
    let mut mirror = hold(&stage.mirror);
    let kept = std::mem::take(&mut mirror.kept);
    let Some(snapshot) = stage.chance.pick(&kept) else { return };
    stage.note(format_args!("fault the read model is put back to {:?}", snapshot.checkpoint.numbers));
    stage.model.restore(&mirror.group, snapshot.clone());
    *mirror = Mirror::new(stage.plan.partitions);
    let folded = mirror.fold_to(&hold(&stage.truth), &snapshot.checkpoint.numbers);
    drop(mirror);
    if let Err(why) = folded {
        stage.wrong(format!("the read model put back: {why}"));
    }
}

/// The read model has moved: forward, it must be; at random moments its rows are looked at.
pub(crate) fn rows_moved(stage: &Stage) {
    let Ok(snapshot) = read(stage) else { return };
    let folded = hold(&stage.mirror).fold_to(&hold(&stage.truth), &snapshot.checkpoint.numbers);
    if stage.chance.happens(100) {
        hold(&stage.mirror).kept.push(snapshot);
    }
    match folded {
        Err(why) => stage.wrong(format!("the read model: {why}")),
        Ok(()) if stage.chance.happens(200) => rows_right(stage),
        Ok(()) => {}
    }
}

/// Compares every row.
pub(crate) fn rows_right(stage: &Stage) {
    stage.count_check("read models compared");
    let (there, mirror) = (read(stage), hold(&stage.mirror));
    let right = mirror.rows.snapshot(totals::NAME).map_err(|error| error.to_string());
    let judged = there.and_then(|there| right.and_then(|right| compare(&there, &right, &mirror.parked)));
    drop(mirror);
    if let Err(why) = judged {
        stage.wrong(format!("the read model: {why}"));
    }
}

fn read(stage: &Stage) -> Result<Snapshot, String> {
    stage.model.snapshot(totals::NAME).map_err(|error| error.to_string())
}

fn compare(there: &Snapshot, right: &Snapshot, parked: &BTreeSet<(Position, u32)>) -> Result<(), String> {
    let at = &there.checkpoint.numbers;
    for table in there.tables.keys().chain(right.tables.keys()) {
        let (rows, right) = (there.tables.get(table), right.tables.get(table));
        let none = Default::default();
        let (rows, right) = (rows.unwrap_or(&none), right.unwrap_or(&none));
        for key in rows.keys().chain(right.keys()) {
            let (row, right) = (rows.get(key), right.get(key));
            if row != right {
                return Err(format!("at {at:?} the row {key:?} of {table} is {row:?}, not {right:?}"));
            }
        }
    }
    match there.parked.keys().eq(parked) {
        true => Ok(()),
        false => Err(format!("at {at:?} {:?} are parked, not {parked:?}", there.parked.keys())),
    }
}

/// Whether the read model has seen all; else the first that it has not.
pub(crate) fn all_projected(stage: &Stage) -> Result<(), Position> {
    let numbers = read(stage).map(|snapshot| snapshot.checkpoint.numbers).unwrap_or_default();
    let truth = hold(&stage.truth);
    for partition in 0..stage.plan.partitions {
        let number = numbers.get(usize::from(partition)).copied().unwrap_or(0);
        if number < truth.head(partition) {
            return Err(Position::new(partition, number + 1));
        }
    }
    Ok(())
}
