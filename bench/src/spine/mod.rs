//! The spine: from a line to the log, to the read model and back; every figure beside its limit, in one run.

mod commands;
mod machine;
mod plain;
mod report;
mod sample;
mod store;
mod targets;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::Failure;
use machine::Machine;
use report::Figures;
pub(crate) use sample::{Latencies, Sample};
pub(crate) use store::PARTITIONS;

#[derive(Args, Serialize)]
pub(crate) struct Options {
    /// Seconds that each loop is measured, all its repetitions together.
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    /// How often each loop is repeated, in turn with the others; medians are reported.
    #[arg(long, default_value_t = 3)]
    repeat: u32,
    /// How many connections, or tasks, at a time.
    #[arg(long, value_delimiter = ',', default_value = "1,16,256")]
    connections: Vec<usize>,
    /// Events in the log that is rebuilt, queried and started on.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Measures UmaDB too; see bench/peers/umadb.
    #[arg(long)]
    peer: bool,
    /// Where to write the report as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where the files go, in a folder of their own; the folder of temporary files if left out.
    #[arg(long)]
    #[serde(skip)]
    dir: Option<PathBuf>,
}

/// Rows a durable commit on plain SQLite.
const TOGETHER: [usize; 4] = [1, 16, 256, 1_000];

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let above = options.dir.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("tidings-bench-").tempdir_in(above)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut figures = Figures::default();
    let time = Duration::from_secs_f64(options.seconds / f64::from(options.repeat.max(1)));
    for _ in 0..options.repeat {
        for together in TOGETHER {
            let sample = plain::inserts(folder.path(), together, time)?;
            figures.sample(format!("plain SQLite rows, {together} a commit"), sample);
        }
        for tasks in &options.connections {
            let sample = runtime.block_on(store::appends(folder.path(), *tasks, time))?;
            figures.sample(format!("store appends, {tasks} at a time"), sample);
            let sample = commands::closed_loop(folder.path(), *tasks, time)?;
            figures.sample(format!("commands over TCP, {tasks} connections"), sample);
        }
    }
    let machine = Machine::here(folder.path());
    let verdicts = Vec::new();
    figures.print(&machine, &verdicts);
    if let Some(file) = &options.json {
        std::fs::write(file, format!("{:#}\n", figures.json(&machine, options, &verdicts)))?;
    }
    Ok(())
}
