//! The command host: commands as lines over TCP, and the relay beside it.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tidings_bus::Bus;
use tidings_domain::{Limits, UserId};
use tidings_eventstore::EventStore;
use tidings_wire::Drained;
use tidings_wiring::Dependency;
use tidings_world::Handle;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::hands::Hands;
use crate::help::Help;
use crate::ledger::{Recording, Records};
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
    /// Where commands are recorded; none where only what is appended is remembered.
    pub recording: Option<Recording>,
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
    /// The relay beside it; ends when this is dropped.
    pub relay: JoinSet<()>,
    /// Gives its partitions to the other hosts at once: to be awaited before it stops.
    pub leave: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Writes down what the ledger was not yet told: to be awaited when the service is gone.
    pub settle: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Host {
    /// Starts it, on the running tokio runtime.
    pub fn start(self) -> Running {
        let Self { store, world, relay_to, moderators, sharing, recording, limits, options, wire: _ } = self;
        let (partitions, relays) = (store.partitions(), relay_to.is_some());
        let sharing = sharing.map(|sharing| Keeper::start(sharing, &world, partitions, &moderators, relays));
        let (owners, keeper) = sharing.unzip();
        let mut relay = JoinSet::new();
        if let Some(bus) = relay_to {
            let all = Relay::new(store.clone(), bus, relay::Options::default());
            let relays = match owners.clone() {
                Some(owners) => all.with_owners(move |partition| owners.is_published_elsewhere(partition)),
                None => all,
            };
            relay.spawn(relays.run());
        }
        let (help, log) = (Help::new(&limits), Dependency::of("the log", world.clone()));
        let engine = Engine::new(store, world.clone(), limits, options);
        let hands = Arc::new(Hands { engine, owners, help, log });
        let records = recording.map(|recording| Records::start(recording, &world, &hands));
        let recorder = records.as_ref().map(Records::recorder);
        let service = CommandService::on(hands, recorder, world, moderators);
        let leave = async {
            if let Some(keeper) = keeper {
                keeper.leave().await;
            }
        };
        let settle = async {
            if let Some(records) = records {
                records.settle().await;
            }
        };
        Running { service, relay, leave: Box::pin(leave), settle: Box::pin(settle) }
    }
}

/// Serves commands until `shutdown`, then drains.
pub async fn run(listener: TcpListener, host: Host, shutdown: impl Future<Output = ()> + Send) -> Drained {
    let wire = host.wire;
    let Running { service, relay: _relay, leave, settle } = host.start();
    let stop = async {
        shutdown.await;
        leave.await;
    };
    let drained = tidings_wire::run(listener, Arc::new(service), wire, stop).await;
    settle.await;
    drained
}
