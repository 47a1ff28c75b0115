//! Promises 7 and 10: the read model is the fold of the log at its checkpoint, and its checkpoint goes forward.

use std::collections::{BTreeSet, VecDeque};

use tidings_domain::Position;
use tidings_projections::{Snapshot, Step};

use super::fold::{Fold, Folded};
use crate::hold;
use crate::stage::Stage;
use crate::totals;

/// What the read model must be, and what it was.
pub(crate) struct Mirror {
    fold: Fold,
    /// The read model at some moments, and what was right then.
    kept: Vec<(Snapshot, Folded)>,
    /// The same after each of the last steps, which a crash may lose.
    last: VecDeque<(Snapshot, Folded)>,
}

/// The most steps that a crash loses.
const MOST_LOST: usize = 8;

impl Mirror {
    pub(crate) fn new(partitions: u16) -> Self {
        Self { fold: Fold::new(partitions), kept: Vec::new(), last: VecDeque::new() }
    }
}

/// Puts the read model back to what it was at some moment; from there it goes forward again.
pub(crate) fn switch_back(stage: &Stage) {
    let mut mirror = hold(&stage.mirror);
    let Some((snapshot, folded)) = stage.chance.pick(&mirror.kept).cloned() else { return };
    stage.count_fault("the read model put back");
    stage.note(format_args!("fault the read model is put back to {:?}", snapshot.checkpoint.numbers));
    stage.model.memory.restore(mirror.fold.group(), snapshot);
    mirror.fold.go_back(folded);
    (mirror.kept, mirror.last) = Default::default();
}

/// The read model's server crashes and comes back without its last transactions.
pub(crate) fn lose_last(stage: &Stage) {
    let mut mirror = hold(&stage.mirror);
    let lost = usize::try_from(stage.chance.below(mirror.last.len() as u64)).unwrap_or(0);
    let left = mirror.last.len() - lost;
    mirror.last.truncate(left);
    let Some((snapshot, folded)) = mirror.last.back().cloned() else { return };
    if lost == 0 {
        return;
    }
    stage.count_fault("the read model lost its last steps");
    stage.note(format_args!("fault the read model lost {lost} steps: {:?}", snapshot.checkpoint));
    stage.model.memory.lose_since(mirror.fold.group(), snapshot);
    mirror.fold.go_back(folded);
}

/// The read model has taken a step: forward, it must be; at random moments its rows are looked at.
pub(crate) fn rows_moved(stage: &Stage, step: &Step) {
    let Ok(snapshot) = read(stage) else { return };
    let mut mirror = hold(&stage.mirror);
    if let Err(why) = mirror.fold.step(&hold(&stage.truth), step) {
        return stage.wrong(format!("the read model: {why}"));
    }
    if mirror.fold.numbers() != snapshot.checkpoint.numbers {
        let (at, right) = (&snapshot.checkpoint.numbers, mirror.fold.numbers());
        stage.wrong(format!("the read model: its checkpoint is {at:?}, not {right:?}"));
    }
    let odds = &stage.plan.odds;
    if odds.switched > 0 && stage.chance.happens(100) {
        let folded = mirror.fold.folded();
        mirror.kept.push((snapshot.clone(), folded));
    }
    if odds.lost_steps > 0 {
        let folded = mirror.fold.folded();
        mirror.last.push_back((snapshot, folded));
        if mirror.last.len() > MOST_LOST {
            mirror.last.pop_front();
        }
    }
    drop(mirror);
    if stage.chance.happens(200) {
        rows_right(stage);
    }
}

/// Compares every row.
pub(crate) fn rows_right(stage: &Stage) {
    stage.count_check("read models compared");
    let judged = compare_all(stage, &hold(&stage.mirror).fold.folded());
    if let Err(why) = judged {
        stage.wrong(format!("the read model: {why}"));
    }
}

/// At the end, when what was parked has been tried again: every row is what a rebuild from the log gives.
pub(crate) fn rows_as_rebuilt(stage: &Stage) {
    stage.count_check("read models compared with a rebuild");
    let rebuilt = Fold::whole(&hold(&stage.truth), stage.plan.partitions);
    let judged = rebuilt.and_then(|rebuilt| compare_all(stage, &rebuilt.folded()));
    if let Err(why) = judged {
        stage.wrong(format!("the read model is not what a rebuild gives: {why}"));
    }
}

fn read(stage: &Stage) -> Result<Snapshot, String> {
    stage.model.memory.snapshot(totals::NAME).map_err(|error| error.to_string())
}

fn compare_all(stage: &Stage, right: &Folded) -> Result<(), String> {
    let parked = right.parked_places();
    let all = stage.model.snapshots(stage).map_err(|error| error.to_string())?;
    all.iter().try_for_each(|there| compare(there, &right.rows, &parked))
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
