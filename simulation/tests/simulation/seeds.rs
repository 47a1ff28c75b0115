//! The seeds that failed once, and new ones every time.

use std::time::{SystemTime, UNIX_EPOCH};

use tidings_simulation::{Plan, Summary, run};

fn play(seeds: impl IntoIterator<Item = u64>) -> Summary {
    let mut summary = Summary::default();
    let mut failures = Vec::new();
    for seed in seeds {
        match run(seed, &Plan::of(seed)) {
            Ok(report) => summary.add(&report),
            Err(failure) => failures.push(failure.to_string()),
        }
    }
    println!("{summary}");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    summary
}

#[test]
fn every_seed_that_ever_failed_holds() {
    let kept = include_str!("../../seeds.txt").lines().filter(|line| !line.starts_with('#'));
    let seeds = kept.map(|line| line.split_whitespace().next().unwrap_or_default().parse().unwrap());
    play(seeds);
}

/// `TIDINGS_SEED` is the first of them; else it comes from the clock.
#[test]
fn two_hundred_new_seeds_hold_and_try_every_fault() {
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let first = std::env::var("TIDINGS_SEED").map_or_else(|_| clock(), |seed| seed.parse().unwrap());
    println!("seeds from {first}: TIDINGS_SEED={first} repeats them");
    let summary = play((first..).take(200));
    for fault in [
        "a process died at a call",
        "in doubt, nothing stored",
        "in doubt, all stored",
        "in doubt, stored late",
        "in doubt, stored in part",
        "an insert refused",
        "a read failed",
        "a publish in part",
        "a record lost",
        "a record repeated",
        "a record held back",
        "a step stored, not answered",
        "a step stored late",
        "in doubt, a part stored late",
        "an insert piece by piece",
        "an insert waited for the majority",
        "a commit rolled back",
        "an election",
        "a rebalance",
        "the bus forgot its oldest",
        "the topic made anew",
        "a foreign record of an old position",
        "a foreign record of the next position",
        "a foreign record of no partition",
        "the read model put back",
        "the read model lost its last steps",
        "parked events tried again",
        "a process froze at a call",
        "a clock jumped",
        "a command sent twice at once",
        "an outage",
    ] {
        assert!(summary.faults(fault) > 0, "{fault} was never tried");
    }
}
