//! A log, a ledger, and hosts on them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tidings_command_host::{Host, LedgerOptions, Recording, Running};
use tidings_domain::UserId;
use tidings_eventstore::conformance as logs;
use tidings_eventstore::{EventStore, Log, MemoryLog};
use tidings_ledger::conformance as ledgers;
use tidings_ledger::{Entry, Ledger, MemoryLedger};
use tidings_wire::{Request, Service};
use tidings_world::{Handle, Seeded};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

pub const ANN: Uuid = Uuid::from_u128(0xa22);
pub const BOB: Uuid = Uuid::from_u128(0xb0b);

/// What outlives hosts.
pub struct Stage {
    pub world: Arc<Seeded>,
    pub log: Arc<MemoryLog>,
    pub ledger: MemoryLedger,
}

/// A host with a log and a ledger that fail for it alone.
pub struct Stood {
    pub log: Arc<logs::Faulty>,
    pub ledger: Arc<ledgers::Faulty>,
    running: Running,
}

impl Stage {
    pub fn new() -> Self {
        let world = Arc::new(Seeded::new(7));
        Self { world, log: Arc::new(MemoryLog::new(4)), ledger: MemoryLedger::default() }
    }

    pub fn host(&self) -> Stood {
        self.host_with(LedgerOptions::default(), false)
    }

    pub fn host_with(&self, options: LedgerOptions, alone: bool) -> Stood {
        self.stand(Some((options, alone)))
    }

    /// One that records nothing.
    pub fn host_without(&self) -> Stood {
        self.stand(None)
    }

    fn stand(&self, recorded: Option<(LedgerOptions, bool)>) -> Stood {
        let world: Handle = self.world.clone();
        let log = Arc::new(logs::Faulty::new(self.log.clone(), world.clone(), logs::Faults::default()));
        let ledger = Arc::new(ledgers::Faulty::new(Arc::new(self.ledger.clone()), world.clone()));
        let host = Host {
            store: EventStore::start(log.clone(), world.clone(), Default::default()),
            world,
            relay_to: None,
            moderators: BTreeSet::from([UserId(ANN)]),
            sharing: None,
            recording: recorded.map(|(options, alone)| Recording { ledger: ledger.clone(), alone, options }),
            limits: Default::default(),
            options: Default::default(),
            wire: Default::default(),
        };
        Stood { log, ledger, running: host.start() }
    }

    /// How many commits the log holds.
    pub async fn commits(&self) -> u64 {
        let mut all = 0;
        for partition in 0..4 {
            all += self.log.head(partition).await.unwrap().number;
        }
        all
    }

    pub async fn entry(&self, id: Uuid) -> Entry {
        self.ledger.get(id).await.unwrap().unwrap()
    }

    /// Waits until the ledger says so of a command; for how long.
    pub async fn until(&self, id: Uuid, is: impl Fn(&Entry) -> bool) -> Duration {
        let begun = Instant::now();
        while !self.ledger.get(id).await.unwrap().is_some_and(|entry| is(&entry)) {
            assert!(begun.elapsed() < Duration::from_secs(600), "{:?}", self.ledger.get(id).await);
            sleep(Duration::from_millis(10)).await;
        }
        begun.elapsed()
    }
}

impl Stood {
    pub async fn call(&self, line: &Value) -> Value {
        let reply = self.running.service.call(Request::new(line.to_string())).await;
        serde_json::from_str(reply.line()).unwrap()
    }

    /// Ends it as a kill would: nothing is written any more, and nobody is told.
    pub fn kill(self) {}

    /// Ends it as a signal would.
    pub async fn stop(self) {
        let Running { service, settle, .. } = self.running;
        drop(service);
        settle.await;
    }
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128((7 << 76) | (2 << 62) | number)
}

/// A new post, whose id is the command's.
pub fn post(number: u128, text: &str) -> Value {
    json!({ "id": id(number), "command": "CreatePost", "actor": ANN, "data": { "text": text } })
}

/// What is refused: a post that there is not.
pub fn hopeless(number: u128) -> Value {
    json!({ "id": id(number), "command": "DeletePost", "actor": ANN, "data": { "post": id(999) } })
}

/// The same, and nobody waits for its outcome.
pub fn unwaited(mut line: Value) -> Value {
    line["wait"] = json!(false);
    line
}
