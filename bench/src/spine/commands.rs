//! Whole commands: a line over TCP, decided, appended durably, answered.

use std::path::Path;
use std::time::Duration;

use super::{Sample, store};
use crate::Failure;
use crate::host::Host;
use crate::load::{Commands, Plan, closed, open};

/// A closed loop of one command at a time on each of so many connections, to a fresh host on a fresh folder.
pub(crate) fn closed_loop(folder: &Path, connections: usize, time: Duration) -> Result<Sample, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let host = Host::start(folder.path())?;
    closed(host.address, Plan { connections, depth: 1, time }, &mut Commands::new(&store::text()))
}

/// An open loop of `rate` commands a second over so many connections.
pub(crate) fn open_loop(
    folder: &Path,
    connections: usize,
    rate: f64,
    time: Duration,
) -> Result<Sample, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let host = Host::start(folder.path())?;
    open(host.address, connections, rate, time, Commands::new(&store::text()))
}
