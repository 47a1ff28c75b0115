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
    assert_eq!(summary.untried(), [""; 0], "these faults were never tried");
}
