//! Makes a plan that fails smaller, as long as it fails.
//!
//! Every run is drawn from its plan and its seed, so a smaller plan is another run, in which the same thing need not
//! happen. Each is therefore played with a few seeds, the one that failed first among them; any failure counts.

use std::time::Duration;

use crate::knobs::{Knob, ODDS, SIZES};
use crate::{Failure, Plan, run};

/// The smallest that was found of a run that fails.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// Its plan.
    pub plan: Plan,
    /// How it fails; with which seed, too.
    pub failure: Failure,
    /// How many runs it took to find.
    pub runs: u32,
}

/// With how many seeds each smaller plan is tried.
const SEEDS: u64 = 5;

/// What is smaller comes first: sizes, since the history is as long as they are large; then the faults, a half of them at
/// a time, then a quarter; then how long there are any. Again, until nothing more can be left out, or so many runs were
/// played.
pub fn shrink(plan: &Plan, failure: Failure, most_runs: u32) -> Shrunk {
    let mut shrinking = Shrinking { best: Shrunk { plan: plan.clone(), failure, runs: 0 }, most_runs };
    loop {
        let before = shrinking.best.plan.clone();
        for size in SIZES {
            shrinking.lower(size);
        }
        shrinking.leave_out_odds();
        shrinking.end_faults_early();
        if shrinking.best.plan == before || shrinking.is_out_of_runs() {
            return shrinking.best;
        }
    }
}

struct Shrinking {
    best: Shrunk,
    most_runs: u32,
}

impl Shrinking {
    fn is_out_of_runs(&self) -> bool {
        self.best.runs >= self.most_runs
    }

    /// Takes a plan that fails as the best.
    fn fails(&mut self, plan: Plan) -> bool {
        let plan = plan.fitting();
        if plan == self.best.plan {
            return false;
        }
        for other in 0..SEEDS {
            if self.is_out_of_runs() {
                return false;
            }
            self.best.runs += 1;
            if let Err(failure) = run(self.best.failure.seed.wrapping_add(other), &plan) {
                (self.best.plan, self.best.failure) = (plan, failure);
                return true;
            }
        }
        false
    }

    fn fails_with(&mut self, knob: &Knob, to: u64) -> bool {
        let mut plan = self.best.plan.clone();
        (knob.set)(&mut plan, to);
        self.fails(plan)
    }

    /// As little as possible of something: the least, or half of it, and half of that.
    fn lower(&mut self, knob: &Knob) {
        if self.fails_with(knob, knob.least) {
            return;
        }
        loop {
            let now = (knob.get)(&self.best.plan);
            let half = knob.least + now.saturating_sub(knob.least) / 2;
            if half == now || !self.fails_with(knob, half) {
                return;
            }
        }
    }

    /// Leaves out faults: many at once, then fewer, then one by one.
    fn leave_out_odds(&mut self) {
        let mut parts = 1;
        loop {
            let there: Vec<&Knob> = ODDS.iter().filter(|odds| (odds.get)(&self.best.plan) > 0).collect();
            let size = there.len().div_ceil(parts).max(1);
            for lot in there.chunks(size) {
                let mut plan = self.best.plan.clone();
                lot.iter().for_each(|odds| (odds.set)(&mut plan, 0));
                self.fails(plan);
            }
            if size == 1 || self.is_out_of_runs() {
                return;
            }
            parts *= 2;
        }
    }

    /// No faults after the first half of the time that it took to fail, and so on.
    fn end_faults_early(&mut self) {
        let took = self.best.failure.took;
        for after in [took / 8, took / 4, took / 2, took] {
            // In whole milliseconds, as a command line can say it.
            let faulty = Duration::from_millis(after.as_millis().try_into().unwrap_or(u64::MAX));
            let plan = Plan { faulty, ..self.best.plan.clone() };
            if faulty < self.best.plan.faulty && self.fails(plan) {
                return;
            }
        }
    }
}
