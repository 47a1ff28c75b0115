//! How fast the log is, beside the bare database that it stands on.
//!
//! `cargo run --release -p tidings-eventstore --example append_rate -- [SECONDS] [FOLDER]` measures the embedded log;
//! with `--features mongodb`, `… -- SECONDS mongodb://…` the one on a server (in databases that it drops).

#![allow(clippy::print_stdout)]

mod load;
#[cfg(feature = "mongodb")]
mod mongodb;
mod report;
mod sqlite;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(3), |s| s.parse())?;
    let time = Duration::from_secs(seconds);
    let place = arguments.next();
    report::head();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match place {
        #[cfg(feature = "mongodb")]
        Some(url) if url.starts_with("mongodb") => runtime.block_on(mongodb::run(&url, time)),
        folder => sqlite::run(&runtime, &folder.map_or_else(std::env::temp_dir, PathBuf::from), time),
    }
}
