//! A command host: store, engine, relay; and the next one on the same log when it has died.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidings_command_host::relay::{self, Relay};
use tidings_command_host::{Engine, Meta, Options};
use tidings_domain::Limits;
use tidings_eventstore::{EventStore, Options as StoreOptions};
use tidings_world::Seeded;
use uuid::Uuid;

use crate::faults::{FaultyBus, FaultyLog};
use crate::life::Life;
use crate::owners::beliefs;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::wish::{Given, with_aggregate};
use crate::{Planted, hold};

/// One process.
pub(crate) struct Host {
    pub(crate) life: Life,
    pub(crate) world: Arc<Seeded>,
    engine: Engine<Limits>,
}

impl Host {
    fn start(stage: &Arc<Stage>, name: &str, place: usize) -> Arc<Self> {
        let plan = &stage.plan;
        let life = Life::new(name, true);
        let world = Arc::new(Seeded::new(stage.chance.number()));
        let log = Arc::new(FaultyLog::new(stage.clone(), life.clone()));
        let known_streams = plan.cached.try_into().unwrap_or(std::num::NonZeroUsize::MIN);
        let options =
            StoreOptions { batch: plan.batch, patience: plan.patience, known_streams, ..<_>::default() };
        let store = EventStore::start(log, world.clone(), options);
        if place < plan.relays {
            let bus = Arc::new(FaultyBus::new(stage.clone(), life.clone()));
            let trusted = stage.planted(Planted::OwnersTrusted);
            let patience = if trusted { Duration::MAX } else { plan.owners_patience };
            let options = relay::Options { page: plan.page, patience, ..relay::Options::default() };
            life.spawn(Relay::new(store.clone(), bus, options).with_owners(beliefs(stage, place)).run());
        }
        let options =
            Options { cached_streams: plan.cached as u64, retries: plan.retries, ..Options::default() };
        let engine = Engine::new(store, world.clone(), Limits::default(), options);
        stage.note(format_args!("{name} starts"));
        Arc::new(Self { life, world, engine })
    }

    /// Carries a command out, as a host would for a line.
    pub(crate) async fn execute(&self, stage: &Stage, id: Uuid, given: &Given) -> Reply {
        let meta = Meta::new(id, given.actor);
        let reply = with_aggregate!(&given.wish, command, A => {
            Reply::of(self.engine.execute::<A>(command, meta).await)
        });
        match reply {
            Reply::Unavailable(why) if stage.planted(Planted::DoubtIsFailure) && why.contains("in doubt") => {
                Reply::Failed(why)
            }
            reply => reply,
        }
    }
}

/// The hosts that live now.
pub(crate) struct Hosts(Vec<Mutex<Option<Arc<Host>>>>);

impl Hosts {
    /// Starts so many, and starts each again whenever it has died.
    pub(crate) fn start(stage: &Arc<Stage>) -> Arc<Self> {
        let hosts = Arc::new(Self((0..stage.plan.hosts).map(|_| Mutex::default()).collect()));
        for slot in 0..stage.plan.hosts {
            tokio::spawn(hosts.clone().supervise(stage.clone(), slot));
        }
        hosts
    }

    async fn supervise(self: Arc<Self>, stage: Arc<Stage>, slot: usize) {
        for life in 1u32.. {
            let host = Host::start(&stage, &format!("h{slot}.{life}"), slot);
            *hold(&self.0[slot]) = Some(host.clone());
            host.life.over().await;
            *hold(&self.0[slot]) = None;
            tokio::time::sleep(stage.chance.while_of(0, 600)).await;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The host in this place, where one lives.
    pub(crate) fn get(&self, slot: usize) -> Option<Arc<Host>> {
        hold(self.0.get(slot)?).clone()
    }
}
