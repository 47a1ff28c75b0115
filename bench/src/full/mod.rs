//! The full stack: MongoDB, Kafka and PostgreSQL, every figure beside its limit, in one run.

mod appends;
mod bare;
mod commands;
mod eventhorizon;
mod gate;
mod places;
mod probe;
mod programs;
mod projection;
mod relay;
mod targets;
pub(crate) mod views;
mod visible;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::Failure;
use crate::machine::Machine;
use crate::report::Figures;
pub(crate) use places::{Place, Servers};
pub(crate) use programs::Programs;

#[derive(Args, Serialize)]
pub(crate) struct Options {
    /// The MongoDB server: mongodb://HOST:PORT/?…
    #[arg(long, env = "TIDINGS_TEST_MONGODB", hide_env_values = true)]
    #[serde(skip)]
    mongodb: String,
    /// The Kafka brokers: HOST:PORT[,HOST:PORT…]
    #[arg(long, env = "TIDINGS_TEST_KAFKA", hide_env_values = true)]
    #[serde(skip)]
    kafka: String,
    /// The PostgreSQL server, as somebody who may make databases: postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, env = "TIDINGS_TEST_POSTGRES", hide_env_values = true)]
    #[serde(skip)]
    postgres: String,
    /// Seconds that each loop is measured, all its repetitions together.
    #[arg(long, default_value_t = 15.0)]
    seconds: f64,
    /// How often each loop is repeated, in turn with the others; medians are reported.
    #[arg(long, default_value_t = 3)]
    repeat: u32,
    /// How many connections to one command host at a time.
    #[arg(long, value_delimiter = ',', default_value = "1,16,256")]
    connections: Vec<usize>,
    /// Events that are relayed and projected.
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Only these parts; all of them if left out.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Measures eventhorizon too, on the same server; needs Go.
    #[arg(long)]
    peer: bool,
    /// Where to write the report as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// The folder of the hosts' programs; if left out they are built for release, where they are not up to date.
    #[arg(long)]
    #[serde(skip)]
    programs: Option<PathBuf>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    /// Appends straight into the store, and bare inserts.
    Appends,
    /// Commands over TCP to one host.
    Commands,
    /// Commands over TCP to several hosts on one log.
    Hosts,
    /// From the log to Kafka.
    Relay,
    /// From Kafka to PostgreSQL.
    Projection,
    /// From an acknowledgement to a query, and memory.
    Visible,
}

/// What every measurement needs.
pub(crate) struct Run {
    runtime: Runtime,
    servers: Servers,
    programs: Programs,
    /// How long a loop is measured at a time.
    time: Duration,
    /// Events that are relayed and projected.
    events: u64,
}

impl Run {
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Lets a measurement work in a fresh place on the servers.
    fn fresh<T>(&self, work: impl FnOnce(&Place<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        self.servers.fresh(&self.runtime, work)
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let run = Run {
        runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?,
        servers: Servers {
            mongodb: options.mongodb.clone(),
            kafka: options.kafka.clone(),
            postgres: options.postgres.clone(),
        },
        programs: options
            .programs
            .as_deref()
            .map_or_else(Programs::build, |folder| Ok(Programs::of(folder)))?,
        time: Duration::from_secs_f64(options.seconds / f64::from(options.repeat.max(1))),
        events: options.events,
    };
    if options.peer {
        eventhorizon::build()?;
    }
    let (began, mut figures) = (Instant::now(), Figures::default());
    for number in 1..=options.repeat {
        eprintln!("round {number} of {}, after {:.0?}", options.repeat, began.elapsed());
        round(&run, options, &mut figures)?;
    }
    let machine = Machine::here(Path::new("."));
    let verdicts = targets::verdicts(&figures, &options.connections);
    figures.print(&machine, &verdicts);
    if let Some(file) = &options.json {
        std::fs::write(file, format!("{:#}\n", figures.json(&machine, options, &verdicts)))?;
    }
    Ok(())
}

/// Each part once, what is compared one after the other, so that a busy moment of the machine meets both.
fn round(run: &Run, options: &Options, figures: &mut Figures) -> Result<(), Failure> {
    let has = |part| options.only.is_empty() || options.only.contains(&part);
    let mut step = |what: &str, wanted: bool, work: &dyn Fn(&mut Figures) -> Result<(), Failure>| {
        if wanted {
            eprintln!("  {what}");
            again(run, figures, work).map_err(|failure| format!("{what}: {failure}"))?;
        }
        Ok::<(), Failure>(())
    };
    step("appends", has(Part::Appends), &|figures| appends::round(run, figures))?;
    step("eventhorizon", options.peer, &|figures| appends::beside_eventhorizon(run, figures))?;
    for connections in &options.connections {
        let what = format!("commands over {connections} connections");
        step(&what, has(Part::Commands), &|figures| commands::closed_loop(run, *connections, figures))?;
    }
    for hosts in commands::HOSTS {
        let what = format!("commands to {hosts} hosts");
        step(&what, has(Part::Hosts), &|figures| commands::shared(run, hosts, figures))?;
    }
    step("relay", has(Part::Relay), &|figures| relay::round(run, figures))?;
    step("projection", has(Part::Projection), &|figures| projection::round(run, figures))?;
    step("visible", has(Part::Visible), &|figures| visible::round(run, figures))
}

/// How often a measurement may fail in a run.
const FAILURES: f64 = 5.0;

/// How often one did: a host answered that a command could not be carried out in time, for one.
const FAILED: &str = "measurements that failed and were made once more";

/// Measures, and once more where that failed: a busy moment of a server does not spoil a run of minutes. What was
/// measured until then is left out, and the report tells how often that was.
fn again(
    run: &Run,
    figures: &mut Figures,
    work: &dyn Fn(&mut Figures) -> Result<(), Failure>,
) -> Result<(), Failure> {
    loop {
        let before = figures.clone();
        let Err(failure) = work(figures) else { return Ok(()) };
        let failed = before.number(FAILED).unwrap_or_default() + 1.0;
        eprintln!("    failed: {failure}; the hosts said last:\n{}", run.programs.said());
        if failed > FAILURES {
            return Err(failure);
        }
        *figures = before;
        figures.set(FAILED, failed, "times");
    }
}
