//! Whole commands: a line over TCP, decided, appended durably, answered.

use std::path::Path;
use std::time::Duration;

use crate::Failure;
use crate::event;
use crate::host::Host;
use crate::load::{Commands, Plan, closed, open};
use crate::report::Figures;

/// The name of a closed loop's figure.
pub(crate) fn name(connections: usize) -> String {
    format!("commands over TCP, {connections} connections")
}

/// A closed loop of one command at a time on each of so many connections, to a fresh host on a fresh folder.
pub(crate) fn closed_loop(
    folder: &Path,
    connections: usize,
    time: Duration,
    figures: &mut Figures,
) -> Result<(), Failure> {
    measured(folder, connections, time, &name(connections), Host::start, figures)
}

/// The name of the figure of a closed loop with a ledger.
pub(crate) fn recorded(connections: usize) -> String {
    format!("commands over TCP with a ledger, {connections} connections")
}

/// The same to a host that records commands in a ledger on SQLite.
pub(crate) fn closed_loop_recorded(
    folder: &Path,
    connections: usize,
    time: Duration,
    figures: &mut Figures,
) -> Result<(), Failure> {
    measured(folder, connections, time, &recorded(connections), Host::start_recording, figures)
}

fn measured(
    folder: &Path,
    connections: usize,
    time: Duration,
    name: &str,
    start: fn(&Path) -> Result<Host, Failure>,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let host = start(folder.path())?;
    let before = host.processor_s();
    let plan = Plan { connections, depth: 1, time };
    let mut commands = Commands::new(&event::text());
    let mut used_s = 0.0;
    let sample = closed(&[host.address], plan, &mut commands, || used_s = host.processor_s() - before)?;
    let each_us = used_s * 1e6 / commands.made() as f64;
    figures.sample(name.to_owned(), sample);
    let beside = if name == self::name(connections) { "" } else { " with a ledger" };
    figures.value(
        format!("  of it the host's processor time{beside}, {connections} connections"),
        each_us,
        "us each",
    );
    Ok(())
}

/// An open loop of `rate` commands a second over so many connections.
pub(crate) fn open_loop(
    folder: &Path,
    connections: usize,
    rate: f64,
    time: Duration,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let host = Host::start(folder.path())?;
    let sample = open(host.address, connections, rate, time, Commands::new(&event::text()))?;
    figures.sample(format!("  open loop at half that rate, {connections} connections"), sample);
    Ok(())
}
