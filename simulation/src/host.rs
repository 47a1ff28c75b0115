//! A command host: store, engine, relay; and the next one on the same log when it has died.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidings_command_host::relay::{self, Relay};
use tidings_command_host::{CommandService, Engine, LedgerOptions, Meta, Options, Recording, Running};
use tidings_domain::Limits;
use tidings_eventstore::{EventStore, Options as StoreOptions};
use tidings_wire::{Request, Service};
use tidings_world::Seeded;
use uuid::Uuid;

use crate::clients::MODERATOR;
use crate::faults::{FaultyBus, FaultyLedger, FaultyLog};
use crate::life::Life;
use crate::owners::beliefs;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::wish::{Given, with_aggregate};
use crate::{Kept, Planted, hold};

/// One process.
pub(crate) struct Host {
    pub(crate) life: Life,
    pub(crate) world: Arc<Seeded>,
    /// Takes lines.
    service: CommandService,
    /// Takes what has no lines, on the same store.
    engine: Engine<Limits>,
    /// Held for its tasks, which end with it.
    records: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
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
        let recording = (plan.ledger != Kept::Not).then(|| Recording {
            ledger: Arc::new(FaultyLedger::new(stage.clone(), life.clone())),
            alone: plan.hosts == 1,
            options: LedgerOptions {
                lease: plan.lease,
                backlog: plan.backlog,
                at_once: plan.at_once,
                ..LedgerOptions::default()
            },
        });
        let engine = Engine::new(store.clone(), world.clone(), Limits::default(), options);
        let host = tidings_command_host::Host {
            store,
            world: world.clone(),
            relay_to: None,
            moderators: [MODERATOR].into(),
            sharing: None,
            recording,
            limits: Limits::default(),
            options,
            wire: Default::default(),
        };
        stage.note(format_args!("{name} starts"));
        let Running { service, settle, .. } = host.start();
        Arc::new(Self { life, world, service, engine, records: Mutex::new(settle) })
    }

    /// Carries a command out, or promises to.
    pub(crate) async fn execute(&self, stage: &Stage, id: Uuid, given: &Given, waits: bool) -> Reply {
        let reply = match given.line(id, waits) {
            Some(line) => Reply::read(self.service.call(Request::new(line)).await.line()),
            None => {
                let meta = Meta::new(id, given.actor);
                with_aggregate!(&given.wish, command, A => {
                    Reply::of(self.engine.execute::<A>(command, meta).await)
                })
            }
        };
        match reply {
            Reply::Unavailable(why) if stage.planted(Planted::DoubtIsFailure) => Reply::Failed(why),
            reply => reply,
        }
    }

    /// Ends it as a signal would: what the ledger was not told yet is written.
    pub(crate) async fn stop(&self, stage: &Stage) {
        stage.note(format_args!("{} stops", self.life.name()));
        let settle = std::mem::replace(&mut *hold(&self.records), Box::pin(async {}));
        tokio::select! { biased;
            () = self.life.over() => {}
            () = settle => self.life.end(stage, "as it was told to"),
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
