//! A log of lamps that are turned on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidings_bus::KafkaBus;
use tidings_command_host::relay::{Options, Relay};
use tidings_domain::{Encoded, StreamId};
use tidings_eventstore::{Append, EventStore, MemoryLog};
use tidings_world::{Handle, System};
use tokio::task::JoinHandle;

pub struct Lamps {
    pub store: EventStore,
    world: Handle,
    next: AtomicUsize,
}

/// A relay that runs until it is dropped.
pub struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Lamps {
    pub fn on(log: Arc<MemoryLog>) -> Self {
        let world: Handle = Arc::new(System::new());
        let store = EventStore::start(log, world.clone(), Default::default());
        Self { store, world, next: AtomicUsize::new(0) }
    }

    pub fn relay(&self, bus: KafkaBus) -> Running {
        self.relay_with_owners(bus, |_| false)
    }

    /// One that leaves to others what they own.
    pub fn relay_with_owners(
        &self,
        bus: KafkaBus,
        owned_elsewhere: impl Fn(u16) -> bool + Send + Sync + 'static,
    ) -> Running {
        let options = Options { page: 50, ..Options::default() };
        let relay = Relay::new(self.store.clone(), Arc::new(bus), options).with_owners(owned_elsewhere);
        Running(tokio::spawn(relay.run()))
    }

    /// So many more lamps, each with one to three events.
    pub async fn turn_on(&self, count: usize) {
        for _ in 0..count {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let command = self.world.id();
            let event = Encoded { name: "TurnedOn".into(), schema: 1, data: "{}".into() };
            let append = Append {
                stream: StreamId::of("lamp", command).unwrap(),
                expected: 0,
                events: vec![event; n % 3 + 1],
                command,
                correlation: command,
                causation: None,
                actor: command,
                occurred_at: None,
            };
            self.store.append(append).await.unwrap();
        }
    }

    pub async fn heads(&self) -> Vec<u64> {
        let mut heads = Vec::new();
        for partition in 0..self.store.partitions() {
            heads.push(self.store.head(partition).await.unwrap().number);
        }
        heads
    }

    /// Every event of a partition, by number and index.
    pub async fn events(&self, partition: u16) -> Vec<(u64, u32)> {
        let slice = self.store.read_partition(partition, 0, usize::MAX).await.unwrap();
        let recorded = slice.commits.iter().flat_map(|commit| commit.recorded());
        recorded.map(|event| (event.position.number, event.index)).collect()
    }
}
