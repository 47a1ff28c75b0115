//! Relays of several hosts on one log, on paused time: each publishes what it owns, and what nobody else does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tidings_bus::{Bus, MemoryBus, Record};
use tidings_command_host::relay::{Options, Relay};
use tidings_domain::{Encoded, StreamId};
use tidings_eventstore::{Append, EventStore, MemoryLog, partition_of};
use tidings_world::{Handle, Seeded};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::own_bus::{Own, places};

/// A log of two partitions, and lamps on it that are turned on.
struct Lamps {
    log: Arc<MemoryLog>,
    world: Handle,
    store: EventStore,
    next: AtomicUsize,
}

impl Lamps {
    fn new() -> Self {
        let (log, world): (_, Handle) = (Arc::new(MemoryLog::new(2)), Arc::new(Seeded::new(1)));
        let store = EventStore::start(log.clone(), world.clone(), Default::default());
        Self { log, world, store, next: AtomicUsize::new(0) }
    }

    /// One more in this partition.
    async fn turn_on(&self, partition: u16) {
        let lamps = std::iter::repeat_with(|| self.next.fetch_add(1, Relaxed));
        let mut streams = lamps.map(|lamp| StreamId::of("lamp", lamp).unwrap());
        let stream = streams.find(|stream| partition_of(stream, 2) == partition).unwrap();
        let command = self.world.id();
        let append = Append {
            stream,
            expected: 0,
            events: vec![Encoded { name: "TurnedOn".into(), schema: 1, data: "{}".into() }],
            command,
            correlation: command,
            causation: None,
            actor: command,
            occurred_at: None,
        };
        self.store.append(append).await.unwrap();
    }

    /// A host's relay.
    fn relay(&self, bus: &Own, elsewhere: impl Fn(u16) -> bool + Send + Sync + 'static) -> JoinHandle<()> {
        let store = EventStore::start(self.log.clone(), self.world.clone(), Default::default());
        let relay = Relay::new(store, Arc::new(bus.clone()), Options::default());
        tokio::spawn(relay.with_owners(elsewhere).run())
    }
}

/// The numbers from `from` to `to` in a partition.
fn all(partition: u16, from: u64, to: u64) -> Vec<(u16, u64)> {
    (from..=to).map(|number| (partition, number)).collect()
}

#[tokio::test(start_paused = true)]
async fn each_host_publishes_what_it_owns_and_nothing_else() {
    let (lamps, bus) = (Lamps::new(), MemoryBus::default());
    let (one, other) = (Own::on(&bus), Own::on(&bus));
    let relays =
        [lamps.relay(&one, |partition| partition != 0), lamps.relay(&other, |partition| partition != 1)];
    for n in 0..60 {
        lamps.turn_on(n % 2).await;
        sleep(Duration::from_millis(700)).await;
    }
    assert_eq!((one.published(), other.published()), (all(0, 1, 30), all(1, 1, 30)));
    relays.iter().for_each(JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_changes_hands_goes_on_where_it_stood() {
    let (lamps, bus, owner) = (Lamps::new(), MemoryBus::default(), Arc::new(AtomicUsize::new(0)));
    let hosts = [Own::on(&bus), Own::on(&bus)];
    let mut relays = Vec::new();
    for (host, own) in hosts.iter().enumerate() {
        let owner = owner.clone();
        relays.push(lamps.relay(own, move |_| owner.load(Relaxed) != host));
    }
    // A second for each: the new owner may look 250 ms later than the old one.
    for turn in 0..6 {
        owner.store(turn % 2, Relaxed);
        sleep(Duration::from_secs(1)).await;
        lamps.turn_on(0).await;
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(places(&bus.records(0)), all(0, 1, 6));
    assert_eq!(hosts[0].published(), [(0, 1), (0, 3), (0, 5)]);
    relays.iter().for_each(JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn what_an_owner_that_lives_does_not_publish_another_host_does() {
    let (lamps, bus) = (Lamps::new(), MemoryBus::default());
    let own = Own::on(&bus);
    let relay = lamps.relay(&own, |_| true);
    for round in 1..=5 {
        lamps.turn_on(0).await;
        lamps.turn_on(1).await;
        sleep(Duration::from_millis(4_900)).await;
        assert_eq!(
            (bus.records(0).len(), bus.records(1).len()),
            (round - 1, round - 1),
            "it is left to its owner"
        );
        sleep(Duration::from_millis(5_700)).await;
        assert_eq!((bus.records(0).len(), bus.records(1).len()), (round, round));
    }
    assert_eq!((places(&bus.records(0)), places(&bus.records(1))), (all(0, 1, 5), all(1, 1, 5)));
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_is_slow_but_moves_is_left_alone() {
    let (lamps, bus) = (Lamps::new(), MemoryBus::default());
    let own = Own::on(&bus);
    let relay = lamps.relay(&own, |_| true);
    for _ in 0..20 {
        lamps.turn_on(0).await;
    }
    let commits = lamps.store.read_partition(0, 0, 20).await.unwrap().commits;
    for commit in commits {
        sleep(Duration::from_secs(4)).await;
        let records: Vec<Record> = commit.recorded().map(Arc::new).collect();
        bus.publish(&records).await.unwrap();
    }
    sleep(Duration::from_secs(60)).await;
    assert_eq!(own.published(), []);
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn on_a_bus_of_its_own_a_host_publishes_everything() {
    let (lamps, bus) = (Lamps::new(), MemoryBus::default());
    let own = Own::alone_on(&bus);
    let relay = lamps.relay(&own, |_| true);
    lamps.turn_on(0).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(own.published(), [(0, 1)]);
    relay.abort();
}
