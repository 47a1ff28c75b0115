//! A host on a long log: its start, and its memory.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::event;
use crate::host::Host;
use crate::load::{Commands, Plan, closed, once};
use crate::report::Figures;

/// The names of the figures.
pub(crate) const FIRST: &str = "start on the long log to the first answered command";
pub(crate) const MEMORY: &str = "memory with the most connections on the long log";
pub(crate) const MEMORY_EMPTY: &str = "memory with as many connections on an empty log";

/// From the start of the process to its first answer.
pub(crate) fn first_answer(log: &Path, figures: &mut Figures) -> Result<(), Failure> {
    let started = Instant::now();
    let host = Host::start(log)?;
    once(host.address, &mut Commands::new(&event::text()))?;
    figures.value(FIRST, started.elapsed().as_secs_f64() * 1e3, "ms");
    Ok(())
}

/// The memory of a host that has worked for a while, its clients still connected.
pub(crate) fn memory(
    name: &'static str,
    log: &Path,
    connections: usize,
    time: Duration,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let host = Host::start(log)?;
    let mut mib = 0.0;
    let plan = Plan { connections, depth: 1, time };
    closed(&[host.address], plan, &mut Commands::new(&event::text()), || mib = host.memory_mib())?;
    figures.value(name, mib, "MiB");
    Ok(())
}
