//! The spine: from a line to the log, to the read model and back; every figure beside its limit, in one run.

mod commands;
mod peer;
mod plain;
mod queries;
pub(crate) mod rebuild;
mod start;
mod store;
mod targets;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;
use tidings_eventstore::SqliteLog;
use tokio::runtime::Runtime;

use crate::event::PARTITIONS;
use crate::machine::Machine;
use crate::report::Figures;
use crate::{Failure, social};

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
    /// Only these parts; all of them if left out.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
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

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    /// Rows into plain SQLite.
    Plain,
    /// Appends straight into the store.
    Store,
    /// Commands over TCP, closed loop.
    Commands,
    /// Commands over TCP, open loop at half the closed loop's rate.
    Open,
    /// A rebuild of the read model of a long log.
    Rebuild,
    /// Queries by key on it.
    Queries,
    /// A host's memory and start on a long log.
    Start,
}

impl Options {
    fn has(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Rows a durable commit on plain SQLite.
const TOGETHER: [usize; 4] = [1, 16, 256, 1_000];

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let above = options.dir.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("tidings-bench-").tempdir_in(above)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut figures = Figures::default();
    for _ in 0..options.repeat {
        round(options, folder.path(), &runtime, &mut figures)?;
    }
    long_log(options, folder.path(), &runtime, &mut figures)?;
    let machine = Machine::here(folder.path());
    let verdicts = targets::verdicts(&figures, &options.connections);
    figures.print(&machine, &verdicts);
    if let Some(file) = &options.json {
        std::fs::write(file, format!("{:#}\n", figures.json(&machine, options, &verdicts)))?;
    }
    Ok(())
}

/// Each loop once, what is compared one after the other, so that a busy moment of the machine meets both.
fn round(options: &Options, folder: &Path, runtime: &Runtime, figures: &mut Figures) -> Result<(), Failure> {
    let time = Duration::from_secs_f64(options.seconds / f64::from(options.repeat.max(1)));
    if options.has(Part::Plain) {
        for together in TOGETHER {
            figures.sample(plain::name(together), plain::inserts(folder, together, time)?);
        }
    }
    for connections in &options.connections {
        if options.has(Part::Store) {
            let sample = runtime.block_on(store::appends(folder, *connections, time))?;
            figures.sample(format!("store appends, {connections} at a time"), sample);
        }
        if options.peer {
            peer::appends(folder, *connections, time, figures)?;
        }
        if options.has(Part::Commands) {
            commands::closed_loop(folder, *connections, time, figures)?;
            commands::closed_loop_recorded(folder, *connections, time, figures)?;
        }
        if options.has(Part::Open)
            && let Some(rate) = figures.number(&commands::name(*connections))
        {
            commands::open_loop(folder, *connections, rate / 2.0, time, figures)?;
        }
    }
    Ok(())
}

/// What is measured on a long log.
fn long_log(
    options: &Options,
    folder: &Path,
    runtime: &Runtime,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let read = options.has(Part::Rebuild) || options.has(Part::Queries);
    if !read && !options.has(Part::Start) {
        return Ok(());
    }
    let (log, views) = (folder.join("long"), folder.join("views"));
    let began = Instant::now();
    runtime.block_on(async {
        let log = SqliteLog::create_or_open(&log, PARTITIONS)?;
        social::fill(Arc::new(log.clone()), options.events).await?;
        log.close().await;
        Ok::<_, Failure>(())
    })?;
    let per_s = options.events as f64 / began.elapsed().as_secs_f64();
    figures.value("events while the long log was made", per_s, "/s");
    let time = Duration::from_secs_f64(options.seconds / f64::from(options.repeat.max(1)));
    for round in 0..options.repeat {
        if options.has(Part::Rebuild) || read && round == 0 {
            runtime.block_on(rebuild::whole(&log, &views, figures))?;
        }
        if options.has(Part::Rebuild) {
            figures.value(rebuild::READ, rebuild::bare_read(&log)?, "/s");
            figures.value(rebuild::INSERT, rebuild::bare_insert(&views, folder, options.events)?, "/s");
        }
        if options.has(Part::Queries) {
            let posts = social::posts(options.events);
            queries::bare(&views, posts, 1, time, figures)?;
            queries::pipelined(&log, &views, posts, time, figures)?;
            queries::bare(&views, posts, 2, time, figures)?;
        }
    }
    if options.has(Part::Start) {
        let most = options.connections.iter().copied().max().unwrap_or(1);
        for _ in 0..options.repeat {
            start::first_answer(&log, figures)?;
        }
        start::memory(start::MEMORY_EMPTY, &folder.join("empty"), most, time, figures)?;
        start::memory(start::MEMORY, &log, most, time, figures)?;
    }
    Ok(())
}
