//! The simulation: whole systems from one seed each, under faults.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Args;
use tidings_simulation::{Failure, Plan, Summary, run as play};

#[derive(Args)]
pub(crate) struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed; the others follow it.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Print the whole history of a seed that fails, not only its last lines.
    #[arg(long)]
    whole: bool,
    /// How many run at a time; as many as there are cores if left out. It changes no run.
    #[arg(long)]
    threads: Option<usize>,
}

/// Runs the seeds, prints what was put in and checked, and for each seed that failed the line that repeats it.
pub(crate) fn run(options: &Options) -> ExitCode {
    let began = Instant::now();
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let (next, done) = (AtomicU64::new(0), Mutex::new((Summary::default(), Vec::<Failure>::new())));
    std::thread::scope(|scope| {
        for _ in 0..options.threads.unwrap_or(cores).max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= options.seeds {
                        return;
                    }
                    let seed = options.from.wrapping_add(place);
                    let outcome = play(seed, &Plan::of(seed));
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    match outcome {
                        Ok(report) => done.0.add(&report),
                        Err(failure) => done.1.push(failure),
                    }
                }
            });
        }
    });
    let (summary, mut failures) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort_by_key(|failure| failure.seed);
    println!("{summary}");
    println!("{} seeds from {} in {:.1?}", options.seeds, options.from, began.elapsed());
    for failure in &failures {
        if options.whole {
            println!("\n{}", failure.history);
        }
        println!("\n{failure}\nagain: {}", again(failure.seed));
    }
    if failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\n{} of {} seeds failed", failures.len(), options.seeds);
    ExitCode::FAILURE
}

/// The line that repeats one seed.
fn again(seed: u64) -> String {
    format!("cargo run --release -p tidings-bench -- faults --seeds 1 --from {seed}")
}
