//! A seed on other adapters than those in memory.

use tidings_simulation::{Adapters, Plan, Report, run, run_on};

/// For plans on a read model that cannot be put back by hand.
pub const NO_STEP_BACK: &str = "odds.switched=0,odds.lost_steps=0";

/// Plays a seed on some adapters; the history must be, byte for byte, the one in memory.
pub fn same_history(seed: u64, plan: &Plan, adapters: Adapters) -> Report {
    let report = run_on(seed, plan, adapters).unwrap_or_else(|failure| panic!("{failure}"));
    let in_memory = run(seed, plan).unwrap_or_else(|failure| panic!("{failure}"));
    let (one, other) = (report.history.lines(), in_memory.history.lines());
    let differs = one.zip(other).find(|(one, other)| one != other);
    assert!(report.hash == in_memory.hash, "seed {seed}: {differs:#?}");
    report
}
