//! The command host: commands as lines over TCP, and the relay beside it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use tidings_bus::Bus;
use tidings_domain::{Limits, UserId};
use tidings_eventstore::EventStore;
use tidings_wire::Drained;
use tidings_world::Handle;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::relay::{self, Relay};
use crate::{CommandService, Engine, Options};

/// What a command host runs on.
pub struct Host {
    /// The log.
    pub store: EventStore,
    /// Where time, ids and chance come from.
    pub world: Handle,
    /// The bus on which to relay; none where another process relays.
    pub relay_to: Option<Arc<dyn Bus>>,
    /// Who may moderate.
    pub moderators: BTreeSet<UserId>,
    /// The limits of the domain.
    pub limits: Limits,
    /// How the engine works.
    pub options: Options,
    /// What clients are granted.
    pub wire: tidings_wire::Limits,
}

/// A command host that runs.
pub struct Running {
    /// Answers commands.
    pub service: CommandService,
    /// What runs beside it, and ends when this is dropped.
    pub beside: JoinSet<()>,
}

impl Host {
    /// Starts it, on the running tokio runtime.
    pub fn start(self) -> Running {
        let Self { store, world, relay_to, moderators, limits, options, wire: _ } = self;
        let mut beside = JoinSet::new();
        if let Some(bus) = relay_to {
            beside.spawn(Relay::new(store.clone(), bus, relay::Options::default()).run());
        }
        let engine = Engine::new(store, world.clone(), limits.clone(), options);
        Running { service: CommandService::new(engine, world, moderators, &limits), beside }
    }
}

/// Serves commands until `shutdown`, then drains.
pub async fn run(listener: TcpListener, host: Host, shutdown: impl Future<Output = ()> + Send) -> Drained {
    let wire = host.wire;
    let Running { service, beside: _beside } = host.start();
    tidings_wire::run(listener, Arc::new(service), wire, shutdown).await
}
