//! Plays seeds: `cargo run --release -p tidings-simulation --example faults -- --seeds N [--from SEED]`.
//!
//! `--stop` ends with the first that fails; `--seeds 1 --history` prints the whole history of a seed that holds.

#![allow(clippy::print_stdout, reason = "a command line")]

use std::process::ExitCode;

use tidings_simulation::{Plan, Summary, run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<u64>().ok()
    };
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let (seeds, from) = (number("--seeds").unwrap_or(100), number("--from").unwrap_or(1));
    let started = std::time::Instant::now();
    let mut summary = Summary::default();
    let mut failed = 0;
    for seed in from..from + seeds {
        match run(seed, &Plan::of(seed)) {
            Ok(report) => {
                if has("--history") {
                    println!("{}", report.history);
                }
                summary.add(&report);
            }
            Err(failure) => {
                failed += 1;
                println!("{failure}");
                println!("the plan: {:?}", Plan::of(seed));
                println!(
                    "again: cargo run --release -p tidings-simulation --example faults -- --seeds 1 --from {seed}\n"
                );
                if has("--stop") {
                    println!("found within {} seeds", seed - from + 1);
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    println!("{summary}");
    let (rate, secs) = (seeds as f64 / started.elapsed().as_secs_f64(), started.elapsed().as_secs_f64());
    println!("{seeds} seeds in {secs:.1} s ({rate:.0} a second), {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
