//! Hosts of every kind on the real servers.

use std::net::SocketAddr;

use crate::Urls;

use super::audit::audit;
use super::host::Host;
use super::load::Load;
use super::site::Site;

/// A whole system under test.
pub struct Stack {
    /// Where all is.
    pub site: Site,
    /// The command hosts.
    pub commands: Vec<Host>,
    /// The projection hosts.
    pub projections: Vec<Host>,
    /// The query host.
    pub queries: Host,
}

impl Stack {
    /// So many command hosts and projection hosts, and a query host, all started at once; and clients, once all works.
    pub async fn start(site: Site, commands: usize, projections: usize) -> (Self, Load) {
        site.prepare().await;
        let urls = site.urls();
        let mut stack = Self {
            commands: (0..commands).map(|_| Host::commands(&urls)).collect(),
            projections: (0..projections).map(|_| Host::projection(&urls)).collect(),
            queries: Host::queries(&urls),
            site,
        };
        for host in stack.hosts() {
            host.is_up().await;
        }
        let load = Load::start(stack.addresses(), stack.queries.address);
        load.goes_on().await;
        (stack, load)
    }

    fn hosts(&mut self) -> impl Iterator<Item = &mut Host> {
        self.commands.iter_mut().chain(&mut self.projections).chain([&mut self.queries])
    }

    /// What its hosts are told.
    pub fn urls(&self) -> Urls {
        self.site.urls()
    }

    /// Where commands are taken.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.commands.iter().map(|host| host.address).collect()
    }

    /// All works again, and what is left behind is right. The test made something fail so many times, for what the hosts
    /// may say about it.
    pub async fn end(mut self, load: Load, outages: usize) {
        load.goes_on().await;
        let journal = load.end().await;
        audit(&self.site, self.queries.address, &journal).await;
        for host in self.hosts() {
            host.assert_said_little(outages);
        }
        let Self { site, commands, projections, queries } = self;
        drop((commands, projections, queries));
        site.remove().await;
    }
}
