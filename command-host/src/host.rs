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

use crate::owners::Keeper;
use crate::relay::{self, Relay};
use crate::{CommandService, Engine, Options, Sharing};

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
    /// How it shares the log with other hosts; none where it is the only one that writes.
    pub sharing: Option<Sharing>,
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
    /// Its part in sharing the partitions of the log.
    pub membership: Membership,
}

/// A host's part in sharing the partitions of a log; none where it is the only host.
pub struct Membership(Option<Keeper>);

impl Membership {
    /// Gives this host's partitions to the others at once.
    pub async fn leave(self) {
        if let Some(keeper) = self.0 {
            keeper.leave().await;
        }
    }
}

impl Host {
    /// Starts it, on the running tokio runtime.
    pub fn start(self) -> Running {
        let Self { store, world, relay_to, moderators, sharing, limits, options, wire: _ } = self;
        let mut beside = JoinSet::new();
        if let Some(bus) = relay_to {
            beside.spawn(Relay::new(store.clone(), bus, relay::Options::default()).run());
        }
        let sharing = sharing.map(|sharing| Keeper::start(sharing, &world, store.partitions(), &moderators));
        let (owners, keeper) = sharing.unzip();
        let engine = Engine::new(store, world.clone(), limits.clone(), options);
        let service = CommandService::new(engine, world, moderators, &limits).shared(owners);
        Running { service, beside, membership: Membership(keeper) }
    }
}

/// Serves commands until `shutdown`, then drains.
pub async fn run(listener: TcpListener, host: Host, shutdown: impl Future<Output = ()> + Send) -> Drained {
    let wire = host.wire;
    let Running { service, beside: _beside, membership } = host.start();
    let stop = async {
        shutdown.await;
        membership.leave().await;
    };
    tidings_wire::run(listener, Arc::new(service), wire, stop).await
}
