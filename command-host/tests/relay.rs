//! The relay, on paused time.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use async_trait::async_trait;
use tidings_bus::{Bus, BusError, MemoryBus, Record, Subscriber, Tail};
use tidings_command_host::relay::{Options, Relay};
use tidings_domain::{Encoded, Recorded, StreamId};
use tidings_eventstore::{Append, EventStore, MemoryLog, partition_of};
use tidings_world::{Handle, Seeded};

fn append(world: &Handle, stream: StreamId) -> Append {
    append_many(world, stream, 1)
}

fn append_many(world: &Handle, stream: StreamId, events: usize) -> Append {
    let command = world.id();
    let event = Encoded { name: "TurnedOn".into(), schema: 1, data: "{}".into() };
    Append {
        stream,
        expected: 0,
        events: vec![event; events],
        command,
        correlation: command,
        causation: None,
        actor: command,
        occurred_at: None,
    }
}

/// The n-th stream of this partition, of two.
fn lamp(partition: u16, n: usize) -> StreamId {
    let lamps = (0..).map(|lamp| StreamId::of("lamp", lamp).unwrap());
    lamps.filter(|stream| partition_of(stream, 2) == partition).nth(n).unwrap()
}

/// Found by the simulation (seed 245): a process that appended all the time woke its relay for its own partitions
/// only, and what others appended elsewhere waited for a pause.
#[tokio::test(start_paused = true)]
async fn what_others_append_is_published_soon_however_busy_this_process_is() {
    let world: Handle = Arc::new(Seeded::new(1));
    let (log, bus) = (Arc::new(MemoryLog::new(2)), MemoryBus::default());
    let this = EventStore::start(log.clone(), world.clone(), Default::default());
    let other = EventStore::start(log, world.clone(), Default::default());
    let relay = tokio::spawn(Relay::new(this.clone(), Arc::new(bus.clone()), Options::default()).run());
    tokio::time::sleep(Duration::from_millis(10)).await;
    other.append(append(&world, lamp(1, 0))).await.unwrap();
    // For three seconds, ten times a second: never as long quiet as the relay waits before it looks.
    for n in 0..30 {
        this.append(append(&world, lamp(0, n))).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !bus.records(1).is_empty() {
            break;
        }
        assert!(n < 5, "what the other process appended is not published after {n} of ours");
    }
    assert_eq!(bus.records(1).len(), 1);
    relay.abort();
}

/// The commit and the event's place in it, of each record of the only partition.
fn published(bus: &MemoryBus) -> Vec<(u64, u32)> {
    bus.records(0).iter().map(|record| (record.position.number, record.index)).collect()
}

/// Runs a relay until it has published so many records, then kills it.
/// A commit for each of these lamps.
async fn turn_on(store: &EventStore, world: &Handle, lamps: std::ops::Range<u64>) {
    for lamp in lamps {
        store.append(append(world, StreamId::of("lamp", lamp).unwrap())).await.unwrap();
    }
}

async fn relay_until(store: &EventStore, bus: &MemoryBus, records: usize) {
    let relay = tokio::spawn(Relay::new(store.clone(), Arc::new(bus.clone()), Options::default()).run());
    let enough = async {
        while bus.records(0).len() < records {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), enough).await.expect("all of the log is published");
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn what_was_appended_while_no_relay_ran_is_published_once_by_the_next() {
    let world: Handle = Arc::new(Seeded::new(1));
    let (log, bus) = (Arc::new(MemoryLog::new(1)), MemoryBus::default());
    let store = EventStore::start(log, world.clone(), Default::default());
    turn_on(&store, &world, 0..3).await;
    relay_until(&store, &bus, 3).await;
    turn_on(&store, &world, 3..6).await;
    relay_until(&store, &bus, 6).await;
    assert_eq!(published(&bus), [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_relay_killed_in_the_middle_of_a_commit_is_followed_by_one_that_publishes_the_rest() {
    let world: Handle = Arc::new(Seeded::new(1));
    let (log, bus) = (Arc::new(MemoryLog::new(1)), MemoryBus::default());
    let store = EventStore::start(log, world.clone(), Default::default());
    store.append(append_many(&world, StreamId::of("lamp", 0).unwrap(), 3)).await.unwrap();
    store.append(append(&world, StreamId::of("lamp", 1).unwrap())).await.unwrap();
    let commit = store.read_partition(0, 0, 1).await.unwrap().commits[0].clone();
    let first_two: Vec<_> = commit.recorded().take(2).map(Arc::new).collect();
    bus.publish(&first_two).await.unwrap();
    relay_until(&store, &bus, 4).await;
    assert_eq!(published(&bus), [(1, 0), (1, 1), (1, 2), (2, 0)]);
}

/// A bus that is away until it is brought back; counts what was asked of it meanwhile.
#[derive(Clone, Default)]
struct AwayBus {
    back: Arc<std::sync::atomic::AtomicBool>,
    asked: Arc<std::sync::atomic::AtomicU32>,
    bus: MemoryBus,
}

impl AwayBus {
    fn answer(&self) -> Result<&MemoryBus, BusError> {
        self.asked.fetch_add(1, Relaxed);
        let back = self.back.load(Relaxed);
        back.then_some(&self.bus).ok_or_else(|| BusError::Unavailable("nobody answers".into()))
    }
}

#[async_trait]
impl Bus for AwayBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        self.answer()?.publish(records).await
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.answer()?.tail(partition, before).await
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        self.answer()?.subscribe(group).await
    }
}

/// Counts warnings of this thread.
#[derive(Clone, Default)]
struct Warnings(Arc<std::sync::atomic::AtomicU32>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Relaxed);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// It once wrote ten lines a second for each partition.
#[tokio::test(start_paused = true)]
async fn a_bus_that_is_away_for_ten_minutes_is_told_in_few_words_and_then_gets_all() {
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let world: Handle = Arc::new(Seeded::new(1));
    let bus = AwayBus::default();
    let store = EventStore::start(Arc::new(MemoryLog::new(8)), world.clone(), Default::default());
    let relay = tokio::spawn(Relay::new(store.clone(), Arc::new(bus.clone()), Options::default()).run());
    turn_on(&store, &world, 0..20).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let (said, asked) = (warnings.0.load(Relaxed), bus.asked.load(Relaxed));
    assert_eq!(said, 1, "its beginning is told");
    assert!(asked < 8 * 800, "{asked} tries");
    bus.back.store(true, Relaxed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((0..8).map(|partition| bus.bus.records(partition).len()).sum::<usize>(), 20);
    assert_eq!(warnings.0.load(Relaxed), said + 1, "its end is told");
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn a_bus_whose_tail_is_beyond_the_log_gets_the_log_from_its_beginning() {
    let world: Handle = Arc::new(Seeded::new(1));
    let (log, bus) = (Arc::new(MemoryLog::new(1)), MemoryBus::default());
    bus.publish(&[tidings_bus::conformance::record(0, 1_000, 0, 1)]).await.unwrap();
    let store = EventStore::start(log, world.clone(), Default::default());
    turn_on(&store, &world, 0..2).await;
    relay_until(&store, &bus, 3).await;
    assert_eq!(published(&bus), [(1_000, 0), (1, 0), (2, 0)]);
}

/// What somebody else makes up of the last event of the log, who knows all of it but what it says.
async fn forged(store: &EventStore) -> Record {
    let number = store.head(0).await.unwrap().number;
    let commit = store.read_partition(0, number - 1, 1).await.unwrap().commits[0].clone();
    let last = commit.recorded().last().unwrap();
    let event = Encoded { data: r#"{"by":"somebody else"}"#.into(), ..last.event };
    Arc::new(Recorded { event, ..last })
}

#[tokio::test(start_paused = true)]
async fn a_record_that_somebody_else_made_up_moves_the_relay_past_nothing() {
    let world: Handle = Arc::new(Seeded::new(1));
    let (log, bus) = (Arc::new(MemoryLog::new(1)), MemoryBus::default());
    let store = EventStore::start(log, world.clone(), Default::default());
    turn_on(&store, &world, 0..3).await;
    relay_until(&store, &bus, 3).await;
    turn_on(&store, &world, 3..6).await;
    let forged = forged(&store).await;
    bus.publish(&[forged.clone(), forged.clone()]).await.unwrap();
    relay_until(&store, &bus, 8).await;
    assert_eq!(published(&bus), [(1, 0), (2, 0), (3, 0), (6, 0), (6, 0), (4, 0), (5, 0), (6, 0)]);
}

/// However many they are, the relay looks a few times and starts at a record that is true; what is between is repeated.
#[tokio::test(start_paused = true)]
async fn a_thousand_made_up_records_are_stepped_over_in_a_few_looks() {
    let world: Handle = Arc::new(Seeded::new(1));
    let (log, bus) = (Arc::new(MemoryLog::new(1)), AwayBus::default());
    bus.back.store(true, Relaxed);
    let store = EventStore::start(log, world.clone(), Default::default());
    turn_on(&store, &world, 0..3_000).await;
    let all = store.read_partition(0, 0, 3_000).await.unwrap().commits;
    let all: Vec<Record> = all.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect();
    bus.bus.publish(&all[..2_990]).await.unwrap();
    bus.bus.publish(&vec![forged(&store).await; 1_000]).await.unwrap();
    let relay = tokio::spawn(Relay::new(store.clone(), Arc::new(bus.clone()), Options::default()).run());
    tokio::time::sleep(Duration::from_secs(2)).await;
    relay.abort();
    let (records, asked) = (bus.bus.records(0), bus.asked.load(Relaxed));
    let published = &records[3_990..];
    assert!((10..=1_100).contains(&published.len()), "{} records", published.len());
    assert_eq!(published, &all[3_000 - published.len()..], "in order up to the last, with nothing left out");
    assert!(asked <= 24, "{asked} calls of the bus");
}
