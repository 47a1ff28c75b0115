//! The simulation: whole systems from one seed each, under faults.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Args;
use tidings_simulation::{Failure, Plan, Summary, run as play, shrink};

#[derive(Args)]
pub(crate) struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed; the others follow it.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Whose plan, where it is not each seed's own.
    #[arg(long)]
    plan_of: Option<u64>,
    /// What to change in each plan: clients=1,faulty=2500,odds=0,odds.death=8 (times in ms, odds in thousandths).
    #[arg(long, default_value = "")]
    with: String,
    /// Print the whole history of a seed that fails, not only the last lines that tell of what went wrong.
    #[arg(long)]
    whole: bool,
    /// Do not look for a smaller run that fails.
    #[arg(long)]
    no_shrink: bool,
    /// How many run at a time; as many as there are cores if left out. It changes no run.
    #[arg(long)]
    threads: Option<usize>,
}

/// So many seeds must try every kind of fault.
const ENOUGH: u64 = 200;

/// So many of the seeds that fail are made smaller, in so many runs each.
const SHRUNK: usize = 3;
const SHRINKING: u32 = 2_000;

impl Options {
    fn plan(&self, seed: u64) -> Result<Plan, String> {
        Plan::of(self.plan_of.unwrap_or(seed)).with(&self.with)
    }
}

/// Runs the seeds, prints what was put in and checked, and for each seed that failed the line that repeats it.
pub(crate) fn run(options: &Options) -> ExitCode {
    if let Err(why) = options.plan(options.from) {
        println!("--with: {why}");
        return ExitCode::FAILURE;
    }
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
                    let Ok(plan) = options.plan(seed) else { return };
                    let outcome = play(seed, &plan);
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
    let (took, seeds) = (began.elapsed(), options.seeds);
    let (a_minute, faults) = (seeds as f64 * 60.0 / took.as_secs_f64(), summary.faults());
    println!("{seeds} seeds from {} in {took:.1?}: {a_minute:.0} a minute", options.from);
    println!("{faults} faults: {:.0} a second", faults as f64 / took.as_secs_f64());
    for (place, failure) in failures.iter().enumerate() {
        if options.whole {
            println!("\n{}", failure.history);
        }
        println!("\n{failure}\nagain: {}", again(options, failure.seed));
        if place < SHRUNK && !options.no_shrink {
            print_shrunk(options, failure);
        }
    }
    let untried = summary.untried();
    if seeds >= ENOUGH && options.with.is_empty() && !untried.is_empty() {
        println!("\nnever tried: {}", untried.join("; "));
        return ExitCode::FAILURE;
    }
    if failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\n{} of {seeds} seeds failed", failures.len());
    ExitCode::FAILURE
}

fn print_shrunk(options: &Options, failure: &Failure) {
    let Ok(plan) = options.plan(failure.seed) else { return };
    let shrunk = shrink(&plan, failure.clone(), SHRINKING);
    let of = options.plan_of.unwrap_or(failure.seed);
    let (seed, changes) = (shrunk.failure.seed, shrunk.plan.changes_from(&Plan::of(of)));
    println!("\nsmaller, after {} runs: {}", shrunk.runs, shrunk.failure);
    println!("again: {COMMAND} --seeds 1 --from {seed} --plan-of {of} --with {changes}");
}

const COMMAND: &str = "cargo run --release -p tidings-bench -- faults";

/// The line that repeats one seed.
fn again(options: &Options, seed: u64) -> String {
    let plan_of = options.plan_of.map_or(String::new(), |of| format!(" --plan-of {of}"));
    let with = if options.with.is_empty() { String::new() } else { format!(" --with {}", options.with) };
    format!("{COMMAND} --seeds 1 --from {seed}{plan_of}{with}")
}
