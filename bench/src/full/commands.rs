//! Whole commands over TCP: one host, and several on one log.

use std::time::Duration;

use super::Run;
use crate::load::{Commands, Plan, closed};
use crate::report::Figures;
use crate::{Failure, event};

/// The name of a figure.
pub(crate) fn name(connections: usize) -> String {
    format!("commands over TCP, {connections} connections")
}

/// The name of a figure.
pub(crate) fn to_hosts(hosts: usize) -> String {
    format!("commands over TCP, {CONNECTIONS} connections to {hosts} hosts")
}

/// How many hosts share a log.
pub(crate) const HOSTS: [usize; 3] = [1, 2, 4];

/// The connections to all of them together.
const CONNECTIONS: usize = 256;

/// Until hosts that were started together know of each other.
const SETTLING: Duration = Duration::from_secs(4);

/// A closed loop of one command at a time on each of so many connections, to a fresh host on a fresh log.
pub(crate) fn closed_loop(run: &Run, connections: usize, figures: &mut Figures) -> Result<(), Failure> {
    run.fresh(|place| {
        let host = run.programs.command_host(place, &[])?;
        let before = host.processor_s();
        let plan = Plan { connections, depth: 1, time: run.time };
        let (mut commands, mut used_s) = (Commands::new(&event::text()), 0.0);
        let sample =
            closed(&[host.address()?], plan, &mut commands, || used_s = host.processor_s() - before)?;
        figures.sample(name(connections), sample);
        let used = format!("  of it the host's processor time, {connections} connections");
        figures.value(used, used_s * 1e6 / commands.made() as f64, "us each");
        Ok(())
    })
}

/// The same on several hosts that share a fresh log, each the owner of some of its partitions.
pub(crate) fn shared(run: &Run, hosts: usize, figures: &mut Figures) -> Result<(), Failure> {
    run.fresh(|place| {
        let start = |_| run.programs.command_host(place, &["--owners", "on", "--relay", "off"]);
        let hosts = (0..hosts).map(start).collect::<Result<Vec<_>, _>>()?;
        let addresses = hosts.iter().map(|host| host.address()).collect::<Result<Vec<_>, _>>()?;
        let mut commands = Commands::new(&event::text());
        // Owners change while hosts come to know of each other; that is not measured, and they race until then.
        let settling = Plan { connections: addresses.len(), depth: 1, time: SETTLING };
        closed(&addresses, settling, &mut commands, || ())?;
        let plan = Plan { connections: CONNECTIONS, depth: 1, time: run.time };
        figures.sample(to_hosts(hosts.len()), closed(&addresses, plan, &mut commands, || ())?);
        Ok(())
    })
}
