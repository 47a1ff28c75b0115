//! Clients that send commands and queries all the time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::{Rand, until};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use super::client::Client;
use super::journal::{Asked, Journal};

/// Clients at work.
pub struct Load {
    shared: Arc<Shared>,
    clients: JoinSet<()>,
}

/// What the clients of a load have in common.
pub struct Shared {
    /// Command hosts.
    pub hosts: Mutex<Vec<SocketAddr>>,
    pub queries: SocketAddr,
    /// Posts that were acknowledged.
    pub targets: Mutex<Vec<String>>,
    pub ending: AtomicBool,
    /// Clients send nothing new.
    paused: AtomicBool,
    /// How many clients have something under way.
    busy: AtomicUsize,
    /// Clients also give commands that they do not wait for.
    promises: bool,
    /// A host does not answer, by our will.
    hanging: AtomicBool,
    journal: Mutex<Journal>,
}

const CLIENTS: usize = 8;

impl Shared {
    pub fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap()
    }

    pub fn promises(&self) -> bool {
        self.promises
    }

    /// Waits while the load is paused; what is returned says that a client is busy.
    pub async fn go(self: &Arc<Self>) -> Busy {
        loop {
            let busy = Busy::new(self.clone());
            if !self.paused.load(Ordering::SeqCst) {
                return busy;
            }
            drop(busy);
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn is_hanging(&self) -> bool {
        self.hanging.load(Ordering::Relaxed)
    }

    pub fn a_target(&self, chance: &mut Rand) -> Option<String> {
        let targets = self.targets.lock().unwrap();
        (!targets.is_empty()).then(|| chance.one_of(&targets).clone())
    }
}

/// A client has something under way.
pub struct Busy(Arc<Shared>);

impl Busy {
    fn new(shared: Arc<Shared>) -> Self {
        shared.busy.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Load {
    /// Begins.
    pub fn start(hosts: Vec<SocketAddr>, queries: SocketAddr) -> Self {
        Self::begin(hosts, queries, false)
    }

    /// Begins on hosts with a ledger: clients also give commands that they do not wait for.
    pub fn start_with_promises(hosts: Vec<SocketAddr>, queries: SocketAddr) -> Self {
        Self::begin(hosts, queries, true)
    }

    fn begin(hosts: Vec<SocketAddr>, queries: SocketAddr, promises: bool) -> Self {
        let mut seeds = Rand::from_environment("FAILURES_SEED", "what clients do");
        let shared = Arc::new(Shared {
            hosts: Mutex::new(hosts),
            queries,
            targets: Mutex::default(),
            ending: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            busy: AtomicUsize::new(0),
            promises,
            hanging: AtomicBool::new(false),
            journal: Mutex::default(),
        });
        let mut clients = JoinSet::new();
        for place in 0..CLIENTS {
            clients.spawn(Client::new(shared.clone(), place, Rand::new(seeds.any())).run());
        }
        Self { shared, clients }
    }

    /// Clients settle what they have sent, and send nothing more; what they were told until then.
    pub async fn pause(&self) -> Journal {
        self.shared.paused.store(true, Ordering::SeqCst);
        until("all clients pause", async || (self.shared.busy.load(Ordering::SeqCst) == 0).then_some(()))
            .await;
        self.shared.journal().clone()
    }

    /// Clients go on.
    pub fn resume(&self) {
        self.shared.paused.store(false, Ordering::SeqCst);
    }

    /// From now on these hosts are asked.
    pub fn ask(&self, hosts: Vec<SocketAddr>) {
        *self.shared.hosts.lock().unwrap() = hosts;
    }

    /// While a host is stopped it answers nobody; that is no fault of it, also where who asked meanwhile gives up later.
    pub fn forgives_silence(&self, hanging: bool) {
        self.shared.hanging.store(hanging, Ordering::Relaxed);
    }

    /// Others than its clients sent these too.
    pub fn also_sent(&self, commands: &[Uuid]) {
        self.shared.journal().sent.extend(commands);
    }

    /// What was answered until now: a place to count from.
    pub fn mark(&self) -> usize {
        self.shared.journal().replies()
    }

    /// Waits until so many more requests were answered like this.
    pub async fn sees(&self, more: usize, to: Asked, code: &str) {
        self.sees_from(self.mark(), more, to, code).await;
    }

    /// Waits until so many requests were answered like this since a place.
    pub async fn sees_from(&self, from: usize, more: usize, to: Asked, code: &str) {
        until(&format!("{more} times {to:?} is answered {code}"), async || {
            (self.shared.journal().count(from, to, code) >= more).then_some(())
        })
        .await;
    }

    /// Waits until commands are carried out and what they wrote is read: all works.
    pub async fn goes_on(&self) {
        let from = self.mark();
        self.sees_from(from, 150, Asked::Command, "ok").await;
        self.sees_from(from, 15, Asked::Query, "ok").await;
    }

    /// How many requests were answered like this since a place.
    pub fn count(&self, from: usize, to: Asked, code: &str) -> usize {
        self.shared.journal().count(from, to, code)
    }

    /// Since a place commands were carried out as if nothing had happened; a busy machine is allowed one in ten.
    pub fn assert_undisturbed(&self, from: usize) {
        let [well, not] = ["ok", "unavailable"].map(|code| self.count(from, Asked::Command, code));
        assert!(not * 10 <= well, "{not} commands were told `unavailable`, and {well} carried out");
    }

    /// What was answered since a place, for people.
    pub fn tell(&self, what: &str, from: usize) {
        eprintln!("{what}: {}", self.shared.journal().summary(from));
    }

    /// Ends, when what was sent is settled; all was answered as it should be.
    pub async fn end(mut self) -> Journal {
        self.shared.ending.store(true, Ordering::Relaxed);
        while let Some(client) = self.clients.join_next().await {
            client.unwrap();
        }
        let journal = std::mem::take(&mut *self.shared.journal());
        eprintln!("in all: {}", journal.summary(0));
        journal.assert_well();
        journal
    }
}
