//! Rebuilds of the read model, beside the bare reading of the log and the bare insert of the rows that result.

mod embedded;
mod mix;
mod peers;
mod plot;
mod program;
mod queries;
#[cfg(feature = "servers")]
mod servers;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use self::embedded::Rounds;
use self::program::Replay;
use crate::Failure;
use crate::machine::Machine;
use crate::report::Figures;
use crate::verdict::Verdict;

#[derive(Args, Serialize)]
pub(crate) struct Options {
    /// Events of the log.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Events of a longer log, to see whether rate and memory stay; 0 for none.
    #[arg(long, default_value_t = 0)]
    growth: u64,
    /// How often each is repeated; medians are reported. The longer log is rebuilt once.
    #[arg(long, default_value_t = 3)]
    repeat: u32,
    /// The folder in which the files are made; the system's for temporary files if left out.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The servers, as in `full`: measures MongoDB → PostgreSQL too.
    #[cfg(feature = "servers")]
    #[command(flatten)]
    servers: servers::Urls,
    /// Measures peers' own rebuilds too, on PostgreSQL; their harnesses are built before.
    #[arg(long)]
    peer: bool,
    /// Where to write the report as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where to write the rates as a picture, in SVG.
    #[arg(long)]
    plot: Option<PathBuf>,
}

impl Options {
    /// The PostgreSQL server.
    #[cfg(feature = "servers")]
    fn postgres(&self) -> Option<&str> {
        self.servers.postgres()
    }

    /// Only the environment tells it.
    #[cfg(not(feature = "servers"))]
    fn postgres(&self) -> Option<&str> {
        None
    }
}

/// Of the time of a rebuild.
const SETTLED_SHARE: &str = "share of indexes and syncing";
/// Of the time of one that was proven.
const PROVEN_SHARE: &str = "share of the proof";

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let above = options.dir.clone().unwrap_or_else(std::env::temp_dir);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (replay, mut figures) = (Replay::beside()?, Figures::default());
    if options.peer {
        peers::measure(options.postgres(), options.repeat, &mut figures)?;
    }
    let mut lengths = vec![(options.events, Rounds::Whole(options.repeat))];
    lengths.extend((options.growth > 0).then_some((options.growth, Rounds::Once)));
    for (events, rounds) in lengths {
        embedded::measure(&replay, &above, events, rounds, &runtime, &mut figures)?;
    }
    let mut verdicts = verdicts(&figures, options, embedded::name);
    #[cfg(feature = "servers")]
    if options.servers.given() {
        servers::measure(&replay, &options.servers, options.events, options.repeat, runtime, &mut figures)?;
        verdicts.extend(self::verdicts(&figures, options, servers::name));
    }
    if options.peer {
        verdicts.extend(beside_peers(&figures, options));
    }
    let machine = Machine::here(&above);
    figures.print(&machine, &verdicts);
    if let Some(file) = &options.json {
        std::fs::write(file, format!("{:#}\n", figures.json(&machine, options, &verdicts)))?;
    }
    if let Some(file) = &options.plot {
        std::fs::write(
            file,
            plot::svg(&format!("Rebuilds: {}", machine.line()), &groups(&figures, options)),
        )?;
    }
    Ok(())
}

const BARS: [&str; 4] = ["rebuilt", "rebuilt and proven", "  log read bare", "  rows inserted bare"];

fn groups(figures: &Figures, options: &Options) -> Vec<plot::Group> {
    let mut names: Vec<fn(&str, u64) -> String> = vec![embedded::name];
    #[cfg(feature = "servers")]
    names.push(servers::name);
    let group = |(name, events): (fn(&str, u64) -> String, u64)| {
        let bar = |what: &str| Some((what.trim().to_owned(), figures.number(&name(what, events))?));
        let bars: Vec<_> = BARS.into_iter().filter_map(bar).collect();
        let name = name("events a second", events);
        (!bars.is_empty()).then_some(plot::Group { name, bars })
    };
    let lengths = [options.events, options.growth];
    names.into_iter().flat_map(|name| lengths.map(|events| (name, events))).filter_map(group).collect()
}

fn verdicts(figures: &Figures, options: &Options, name: impl Fn(&str, u64) -> String) -> Vec<Verdict> {
    let number = |what: &str, events| figures.number(&name(what, events));
    let limit =
        |events| Some(number("  log read bare", events)?.min(number("  rows inserted bare", events)?));
    let ratio = |what, events| Some(number(what, events)? / limit(events)?);
    let mut verdicts = vec![
        Verdict::at_least(
            name("rebuilt / the slower of its limits", options.events),
            ratio("rebuilt", options.events),
            0.5,
        ),
        Verdict::at_least(
            name("rebuilt and proven / the same", options.events),
            ratio("rebuilt and proven", options.events),
            0.5,
        ),
        Verdict::at_most(name("memory", options.events), number("memory", options.events), 1_024.0, "MiB"),
    ];
    verdicts.extend(queries::verdict(figures, |what| name(what, options.events)));
    if options.growth > 0 && number("rebuilt", options.growth).is_some() {
        let grown = Some(number("rebuilt", options.growth)).zip(Some(number("rebuilt", options.events)));
        let grown = grown.and_then(|(long, short)| Some(long? / short?));
        verdicts.push(Verdict::at_least(
            name("rebuilt / that of the shorter log", options.growth),
            grown,
            0.9,
        ));
        let memory = number("memory", options.growth);
        verdicts.push(Verdict::at_most(name("memory", options.growth), memory, 1_024.0, "MiB"));
    }
    verdicts
}

/// Names the figures of a log of so many events.
type Name = fn(&str, u64) -> String;

/// How much faster than the faster peer: 50 times embedded, 30 times from MongoDB to PostgreSQL.
fn beside_peers(figures: &Figures, options: &Options) -> Vec<Verdict> {
    let promised: [(Name, f64); _] = [
        (embedded::name, 50.0),
        #[cfg(feature = "servers")]
        (servers::name, 30.0),
    ];
    let verdict = |(name, target): (Name, f64)| {
        let what = name("rebuilt / the faster peer's rebuild", options.events);
        peers::verdict(figures, &name("rebuilt", options.events), what, target)
    };
    promised.into_iter().map(verdict).collect()
}
