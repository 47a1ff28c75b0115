//! History is published as the relay would, once, in order, and goes on where it was interrupted.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use log::{Raw, event, store_of};
use tidings_bus::{Bus, BusError, MemoryBus, Record, Subscriber, Tail};
use tidings_domain::Position;
use tidings_replay::{Progress, PublishError, PublishOptions, publish};

fn options() -> PublishOptions {
    PublishOptions { page: 50, patience: Duration::ZERO, ..PublishOptions::default() }
}

fn records_of(raw: &Raw, partition: u16) -> Vec<Record> {
    raw.partitions[usize::from(partition)].iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect()
}

#[tokio::test]
async fn all_events_come_in_the_order_of_each_partition_and_a_second_time_only_what_is_new() {
    let (mut raw, bus) = (Raw::random(4, 1_000), MemoryBus::default());
    let mut told = Vec::new();
    let store = store_of(raw.log().await);
    let all: usize = (0..4).map(|partition| records_of(&raw, partition).len()).sum();
    let published = publish(&store, Arc::new(bus.clone()), options(), |done| told.push(done)).await.unwrap();
    assert_eq!((published.events, published.went_on), (all as u64, false));
    for partition in 0..4 {
        assert_eq!(bus.records(partition), records_of(&raw, partition));
        let of = published.numbers[usize::from(partition)];
        assert!(told.contains(&Progress { work: "publish", partition, done: of, of }), "{told:?}");
    }
    let at = raw.append("lamp-1", vec![event("TurnedOn", "{}"), event("TurnedOff", "{}")]);
    let grown = store_of(raw.log().await);
    let again = publish(&grown, Arc::new(bus.clone()), options(), |_| {}).await.unwrap();
    assert_eq!((again.events, again.went_on), (2, true));
    assert_eq!(again.numbers[usize::from(at.partition)], at.number);
    for partition in 0..4 {
        assert_eq!(bus.records(partition), records_of(&raw, partition), "nothing twice, nothing left out");
    }
}

#[tokio::test]
async fn events_of_some_names_from_some_place_on_are_all_that_comes() {
    let raw = Raw::random(4, 1_000);
    let store = store_of(raw.log().await);
    let types: BTreeSet<String> = ["PostCreated", "Followed"].map(str::to_owned).into();
    let from = vec![Position::new(2, 100)];
    for _ in 0..2 {
        let bus = MemoryBus::default();
        let wanted = PublishOptions { types: types.clone(), from: from.clone(), ..options() };
        publish(&store, Arc::new(bus.clone()), wanted, |_| {}).await.unwrap();
        for partition in 0..4 {
            let mut expected = records_of(&raw, partition);
            expected.retain(|record| types.contains(&*record.event.name));
            expected.retain(|record| partition != 2 || record.position.number >= 100);
            assert!(!expected.is_empty());
            assert_eq!(bus.records(partition), expected);
        }
    }
    let beyond = PublishOptions { from: vec![Position::new(4, 1)], ..options() };
    let error = publish(&store, Arc::new(MemoryBus::default()), beyond, |_| {}).await.unwrap_err();
    assert!(matches!(error, PublishError::NoPartition(4)), "{error}");
}

/// A bus that takes some records of a call and fails, so many times.
struct Failing {
    bus: MemoryBus,
    left: AtomicUsize,
    /// How many calls for the tail fail.
    tails: AtomicUsize,
}

#[async_trait]
impl Bus for Failing {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        let fails =
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let taken = if fails { records.len() / 3 } else { records.len() };
        self.bus.publish(&records[..taken]).await?;
        if fails { Err(BusError::Unavailable("it is tired".into())) } else { Ok(()) }
    }
    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        if self.tails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(BusError::Unavailable("it has no leader yet".into()));
        }
        self.bus.tail(partition, before).await
    }
    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        self.bus.subscribe(group).await
    }
}

#[tokio::test]
async fn what_was_interrupted_goes_on_where_the_bus_ends_and_repeats_nothing() {
    let raw = Raw::random(2, 1_000);
    let store = store_of(raw.log().await);
    let bus = MemoryBus::default();
    let mut failures = 0;
    // Each time the first call fails in the middle, perhaps of a commit.
    loop {
        let failing = Failing { bus: bus.clone(), left: AtomicUsize::new(1), tails: AtomicUsize::new(0) };
        match publish(&store, Arc::new(failing), options(), |_| {}).await {
            Ok(published) => break assert_eq!(published.events, 0),
            Err(PublishError::Bus(BusError::Unavailable(_))) => failures += 1,
            Err(error) => panic!("{error}"),
        }
        let left: usize = (0..2).map(|p| records_of(&raw, p).len() - bus.records(p).len()).sum();
        if left < 40 {
            publish(&store, Arc::new(bus.clone()), options(), |_| {}).await.unwrap();
        }
    }
    assert!(failures > 5, "{failures}");
    for partition in 0..2 {
        assert_eq!(bus.records(partition), records_of(&raw, partition));
    }
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_fails_for_a_while_gets_the_records_again_and_none_is_left_out() {
    let raw = Raw::random(2, 500);
    let store = store_of(raw.log().await);
    let bus = MemoryBus::default();
    let failing = Failing { bus: bus.clone(), left: AtomicUsize::new(9), tails: AtomicUsize::new(3) };
    let patient = PublishOptions { patience: Duration::from_secs(30), ..options() };
    publish(&store, Arc::new(failing), patient, |_| {}).await.unwrap();
    for partition in 0..2 {
        let (records, expected) = (bus.records(partition), records_of(&raw, partition));
        assert!(records.len() > expected.len(), "some were repeated");
        let mut next = 0;
        for record in &records {
            let place = expected.iter().position(|event| event == record).unwrap();
            assert!(place <= next, "{record:?} comes before what precedes it");
            next = next.max(place + 1);
        }
        assert_eq!(next, expected.len());
    }
}

#[tokio::test]
async fn a_topic_that_holds_another_logs_events_is_refused() {
    let (raw, mut other) = (Raw::random(2, 100), Raw::random(2, 100));
    other.rewrite(Position::new(0, other.partitions[0].len() as u64), |commit| {
        commit.actor = uuid::Uuid::nil()
    });
    let bus = MemoryBus::default();
    publish(&store_of(other.log().await), Arc::new(bus.clone()), options(), |_| {}).await.unwrap();
    let before = bus.records(0).len();
    // Also where all is published again, as on the live topic.
    for goes_on in [true, false] {
        let options = PublishOptions { goes_on, ..options() };
        let published = publish(&store_of(raw.log().await), Arc::new(bus.clone()), options, |_| {}).await;
        let error = published.unwrap_err();
        assert!(error.to_string().contains("is not of this log; name another topic"), "{error}");
        assert_eq!(bus.records(0).len(), before);
    }
}
