//! Measures Tidings: `spine` and `full` for speed and memory, `faults` for what happens when everything goes wrong.

#![allow(clippy::print_stdout, reason = "a command line prints")]

mod appends;
mod event;
mod faults;
#[cfg(feature = "servers")]
mod full;
mod host;
mod load;
mod machine;
mod peer;
mod process;
mod rebuild;
mod report;
mod sample;
mod social;
mod spine;
mod verdict;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

// Answers are made on one thread and dropped on another, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever went wrong, for a person.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Speed and memory, each beside its limit: commands, appends, rebuild, queries, start.
    Spine(spine::Options),
    /// The same on MongoDB, Kafka and PostgreSQL, with hosts as processes of their own.
    #[cfg(feature = "servers")]
    Full(full::Options),
    /// Rebuilds of the read model of long logs, each beside its limits.
    Rebuild(rebuild::Options),
    /// Whole systems under faults, each from one seed; exit code 1 where a promise was broken.
    Faults(faults::Options),
    /// The host that is measured.
    #[command(hide = true)]
    Host(host::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().what {
        What::Spine(options) => spine::run(&options),
        #[cfg(feature = "servers")]
        What::Full(options) => full::run(&options),
        What::Rebuild(options) => rebuild::run(&options),
        What::Faults(options) => return faults::run(&options),
        What::Host(options) => host::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
