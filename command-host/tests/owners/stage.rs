//! Hosts in this process, on one log in memory, with real connections between them.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tidings_bus::Bus;
use tidings_command_host::{Host, Sharing, SharingOptions, run};
use tidings_domain::{PostId, UserId, post};
use tidings_eventstore::owners::{Leases, MemoryLeases};
use tidings_eventstore::{EventStore, Log, MemoryLog, partition_of};
use tidings_wire::{Client, Drained};
use tidings_world::System;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

pub const PARTITIONS: u16 = 8;
/// How long a test waits for what must come.
const LIMIT: Duration = Duration::from_secs(60);

/// So that a machine with much to do does not take a slow host for a dead one.
pub fn patient() -> SharingOptions {
    let beat = Duration::from_millis(100);
    let (lasts, answer) = (Duration::from_secs(4), Duration::from_secs(8));
    SharingOptions { beat, lasts, answer, connect: answer, ..SharingOptions::default() }
}

/// What the hosts of a test share.
pub struct Stage {
    pub log: Arc<dyn Log>,
    pub leases: Arc<dyn Leases>,
}

impl Default for Stage {
    fn default() -> Self {
        Self { log: Arc::new(MemoryLog::new(PARTITIONS)), leases: Arc::new(MemoryLeases::default()) }
    }
}

/// How one host of a test differs.
pub struct Setting {
    pub options: SharingOptions,
    pub moderators: BTreeSet<UserId>,
    /// Where the others are told to reach it, if not where it is.
    pub address: Option<String>,
    pub relay_to: Option<Arc<dyn Bus>>,
}

impl Default for Setting {
    fn default() -> Self {
        Self { options: patient(), moderators: BTreeSet::new(), address: None, relay_to: None }
    }
}

pub struct Running {
    pub address: SocketAddr,
    pub store: EventStore,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Drained>,
}

impl Stage {
    pub async fn host(&self) -> Running {
        self.host_with(Setting::default()).await
    }

    pub async fn host_with(&self, setting: Setting) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let world = Arc::new(System::new());
        let store = EventStore::start(self.log.clone(), world.clone(), Default::default());
        let told = setting.address.unwrap_or_else(|| address.to_string());
        let before = self.leases.all().await.unwrap().len();
        let sharing = Sharing { leases: self.leases.clone(), address: told, options: setting.options };
        let host = Host {
            store: store.clone(),
            world,
            relay_to: setting.relay_to,
            moderators: setting.moderators,
            sharing: Some(sharing),
            recording: None,
            limits: Default::default(),
            options: Default::default(),
            wire: Default::default(),
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(listener, host, async {
            let _ = stopped.await;
        }));
        // Ids of hosts are in the order of the milliseconds in which they are drawn.
        until(|| async { self.leases.all().await.unwrap().len() > before }).await;
        Running { address, store, stop, task }
    }
}

impl Running {
    pub async fn client(&self) -> Client {
        Client::connect(self.address).await.unwrap()
    }

    /// Sends one line on a connection of its own.
    pub async fn call(&self, line: &Value) -> Value {
        let mut client = self.client().await;
        timeout(LIMIT, client.call(&line.to_string())).await.unwrap().unwrap()
    }

    /// Stops it as a signal would.
    pub async fn stop(self) -> Drained {
        let _ = self.stop.send(());
        timeout(LIMIT, self.task).await.unwrap().unwrap()
    }

    /// Ends it as a kill would: it says nothing to anybody.
    pub fn kill(self) {
        self.task.abort();
    }

    /// Whether this host has appended the commit at `at`; a moment after its reply.
    fn appended(&self, at: &str) -> bool {
        let (partition, number) = at.split_once(':').unwrap();
        let (partition, number): (u16, u64) = (partition.parse().unwrap(), number.parse().unwrap());
        self.store.recent(partition, number - 1, 1).iter().any(|commit| commit.position.number == number)
    }
}

static DRAWN: AtomicU64 = AtomicU64::new(1);

pub fn fresh_id() -> Uuid {
    Uuid::from_u128((7 << 76) | (2 << 62) | u128::from(DRAWN.fetch_add(1, Ordering::Relaxed)))
}

/// A new post in this partition.
pub fn post_in(partition: u16) -> Uuid {
    let mut ids = std::iter::repeat_with(fresh_id);
    ids.find(|id| partition_of(&post::stream(PostId(*id)), PARTITIONS) == partition).unwrap()
}

pub fn create(post: Uuid) -> Value {
    json!({ "id": fresh_id(), "command": "CreatePost", "actor": Uuid::from_u128(1),
            "data": { "post": post, "text": "hello" } })
}

pub fn edit(post: Uuid, text: &str) -> Value {
    json!({ "id": fresh_id(), "command": "EditPost", "actor": Uuid::from_u128(1),
            "data": { "post": post, "text": text } })
}

/// Which of the hosts carried a new post in this partition out that was sent to `entrance`.
pub async fn carries_out(entrance: &Running, hosts: &[&Running], partition: u16) -> usize {
    let reply = entrance.call(&create(post_in(partition))).await;
    assert_eq!(reply["ok"], true, "{reply}");
    appended_by(hosts, &reply).await
}

/// Which of the hosts made the commit that a reply tells of.
pub async fn appended_by(hosts: &[&Running], reply: &Value) -> usize {
    let at = reply["at"].as_str().unwrap();
    let found = || hosts.iter().position(|host| host.appended(at));
    until(|| async { found().is_some() }).await;
    found().unwrap()
}

/// Waits until the hosts, given in the order in which they were started, share the partitions, whichever a command is
/// sent to.
pub async fn shared_among(hosts: &[&Running]) {
    for entrance in hosts {
        for partition in 0..PARTITIONS {
            let owner = usize::from(partition) * hosts.len() / usize::from(PARTITIONS);
            until(|| async { carries_out(entrance, hosts, partition).await == owner }).await;
        }
    }
}

/// Waits for what must come.
pub async fn until<F: Future<Output = bool>>(mut so: impl FnMut() -> F) {
    let end = Instant::now() + LIMIT;
    while !so().await {
        assert!(Instant::now() < end, "it did not come");
        sleep(Duration::from_millis(20)).await;
    }
}
