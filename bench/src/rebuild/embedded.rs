//! From a log in SQLite to a read model in SQLite.

use std::path::Path;
use std::time::Instant;

use tidings_eventstore::SqliteLog;
use tokio::runtime::Runtime;

use super::program::{FULL_SPEED, Replay, folder};
use super::{PROVEN_SHARE, SETTLED_SHARE, mix, queries};
use crate::Failure;
use crate::event::PARTITIONS;
use crate::host::Host;
use crate::report::Figures;
use crate::spine::rebuild::{bare_insert, bare_read};

/// The figures of a log of so many events.
pub(crate) fn name(what: &str, events: u64) -> String {
    format!("embedded, {} thousand events: {what}", events / 1_000)
}

/// How often a log is rebuilt.
#[derive(Clone, Copy)]
pub(crate) enum Rounds {
    /// So often, each time proven once more, and with its limits.
    Whole(u32),
    /// Once, and nothing else.
    Once,
}

/// Makes a log and rebuilds it.
pub(crate) fn measure(
    replay: &Replay,
    above: &Path,
    events: u64,
    rounds: Rounds,
    runtime: &Runtime,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let place = tempfile::tempdir_in(above)?;
    let (log, views) = (place.path().join("log"), place.path().join("views"));
    let began = Instant::now();
    runtime.block_on(async {
        let log = SqliteLog::create_or_open(&log, PARTITIONS)?;
        mix::fill(&log, events).await?;
        log.close().await;
        Ok::<_, Failure>(())
    })?;
    eprintln!("  {events} events written in {:.0?}", began.elapsed());
    let rate = |seconds: f64| events as f64 / seconds;
    let (repeat, whole) = match rounds {
        Rounds::Whole(repeat) => (repeat, true),
        Rounds::Once => (1, false),
    };
    for _ in 0..repeat {
        let _ = std::fs::remove_dir_all(&views);
        let first = replay.rebuild(&folder(&log), &folder(&views), &[FULL_SPEED])?;
        if (first.events - events as f64).abs() > 0.5 {
            return Err(format!("{} events were rebuilt, not {events}", first.events).into());
        }
        figures.value(name("rebuilt", events), rate(first.seconds), "/s");
        figures.value(name(SETTLED_SHARE, events), first.settle_s / first.seconds * 100.0, "%");
        figures.value(name("memory", events), first.memory_mib, "MiB");
        if !whole {
            continue;
        }
        let proven = replay.rebuild(&folder(&log), &folder(&views), &[FULL_SPEED])?;
        figures.value(name("rebuilt and proven", events), rate(proven.seconds), "/s");
        figures.value(name(PROVEN_SHARE, events), proven.compare_s / proven.seconds * 100.0, "%");
        figures.value(name("memory of the proof", events), proven.memory_mib, "MiB");
        let host = Host::queries(&log, &views)?;
        let again = |more: &[&str]| replay.rebuild(&folder(&log), &folder(&views), more);
        queries::measure(|what| name(what, events), host.address, events, figures, again)?;
        drop(host);
        figures.value(name("  log read bare", events), bare_read(&log)?, "/s");
        figures.value(name("  rows inserted bare", events), bare_insert(&views, place.path(), events)?, "/s");
    }
    Ok(())
}
