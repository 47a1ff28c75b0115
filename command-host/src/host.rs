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

/// Serves commands until `shutdown`, then drains.
pub async fn run(listener: TcpListener, host: Host, shutdown: impl Future<Output = ()> + Send) -> Drained {
    let Host { store, world, relay_to, moderators, sharing, limits, options, wire } = host;
    let relay =
        relay_to.map(|bus| tokio::spawn(Relay::new(store.clone(), bus, relay::Options::default()).run()));
    let sharing = sharing.map(|sharing| Keeper::start(sharing, &world, store.partitions(), &moderators));
    let (owners, keeper) = sharing.unzip();
    let engine = Engine::new(store, world.clone(), limits.clone(), options);
    let service = Arc::new(CommandService::new(engine, world, moderators, &limits).shared(owners));
    let stop = async {
        shutdown.await;
        if let Some(keeper) = keeper {
            keeper.leave().await;
        }
    };
    let drained = tidings_wire::run(listener, service, wire, stop).await;
    if let Some(relay) = relay {
        relay.abort();
    }
    drained
}
