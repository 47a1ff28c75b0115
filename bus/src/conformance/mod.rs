//! The promises of [`Bus`] as tests that any adapter runs.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use std::sync::Arc;
//! use tidings_bus::{LocalBus, conformance};
//! conformance::run(|| async { Arc::new(LocalBus::default()) as _ }).await;
//! # });
//! ```

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Encoded, Position, Recorded, Timestamp};
use uuid::Uuid;

use crate::{Bus, Record, Tail};

/// How long a record may take to arrive before it counts as lost.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs every check, each on a bus of its own of at least two partitions.
///
/// # Panics
/// When a promise is broken; the message says which.
pub async fn run<F: Future<Output = Arc<dyn Bus>>>(fresh: impl Fn() -> F) {
    arrives_in_order(fresh().await).await;
    any_record_arrives_as_it_was(fresh().await).await;
    every_group_gets_all(fresh().await).await;
    an_abandoned_wait_loses_nothing(fresh().await).await;
    the_tail_is_the_last_record(fresh().await).await;
    a_bus_without_subscribers_takes_records(fresh().await).await;
}

/// The `index`-th of `count` records of the commit at a position.
pub fn record(partition: u16, number: u64, index: u32, count: u32) -> Record {
    Arc::new(Recorded {
        position: Position::new(partition, number),
        index,
        count,
        stream: tidings_domain::StreamId::of("lamp", format!("of-{partition}")).expect("a stream id"),
        version: number,
        event: Encoded { name: "TurnedOn".into(), schema: 1, data: r#"{"by":"Zoë"}"#.into() },
        commit: Uuid::from_u128((u128::from(number) << 64) + 6),
        command: Uuid::from_u128(number.into()),
        correlation: Uuid::from_u128(7),
        causation: Some(Uuid::from_u128(8)),
        actor: Uuid::from_u128(9),
        occurred_at: None,
        recorded_at: Timestamp::from_millis(1_000),
    })
}

async fn receive(subscriber: &mut dyn crate::Subscriber, count: usize) -> Vec<Record> {
    let mut all = Vec::new();
    while all.len() < count {
        let next = tokio::time::timeout(LIMIT, subscriber.next()).await;
        all.extend(next.expect("records arrive within the limit").expect("the bus works"));
    }
    all
}

async fn arrives_in_order(bus: Arc<dyn Bus>) {
    let mut subscriber = bus.subscribe("readers").await.expect("a subscriber joins");
    let of = |n| [record(0, n, 0, 2), record(0, n, 1, 2), record(1, n, 0, 1)];
    let sent: Vec<_> = (1..=500).flat_map(of).collect();
    for some in sent.chunks(70) {
        bus.publish(some).await.expect("the bus takes records");
    }
    let received = receive(&mut *subscriber, sent.len()).await;
    for partition in [0, 1] {
        let of = |records: &[Record]| -> Vec<Recorded> {
            records.iter().filter(|r| r.position.partition == partition).map(|r| (**r).clone()).collect()
        };
        assert_eq!(of(&received), of(&sent), "records of partition {partition} arrive whole and in order");
    }
}

async fn any_record_arrives_as_it_was(bus: Arc<dyn Bus>) {
    let mut subscriber = bus.subscribe("readers").await.expect("a subscriber joins");
    let plain = record(0, 1, 0, 1);
    let with = |number: u64, change: fn(&mut Recorded)| {
        let mut record = Recorded { position: Position::new(0, number), ..(*plain).clone() };
        change(&mut record);
        Arc::new(record)
    };
    let sent = [
        with(1, |r| (r.causation, r.correlation, r.command) = (None, Uuid::nil(), Uuid::nil())),
        with(2, |r| r.occurred_at = Some(Timestamp::from_millis(-1))),
        with(3, |r| r.recorded_at = Timestamp::from_millis(i64::MAX)),
        with(4, |r| (r.version, r.event.schema, r.index, r.count) = (u64::MAX, u16::MAX, 1, u32::MAX)),
        with(5, |r| r.event.name = "Überraschung\u{0}, a=b".into()),
        with(6, |r| r.event.data = String::new()),
        with(7, |r| r.event.data = format!("\"{}\"", "é".repeat(1 << 19))),
        with(u64::MAX, |_| {}),
    ];
    bus.publish(&sent).await.expect("the bus takes records");
    let received = receive(&mut *subscriber, sent.len()).await;
    for (received, sent) in received.iter().zip(&sent) {
        assert_eq!(received, sent, "every field of a record survives");
    }
}

async fn every_group_gets_all(bus: Arc<dyn Bus>) {
    let mut one = bus.subscribe("one").await.expect("a subscriber joins");
    let mut other = bus.subscribe("other").await.expect("a subscriber joins");
    bus.publish(&[record(0, 1, 0, 1), record(1, 1, 0, 1)]).await.expect("the bus takes records");
    for subscriber in [&mut one, &mut other] {
        assert_eq!(receive(&mut **subscriber, 2).await.len(), 2, "each group gets every record");
    }
}

async fn an_abandoned_wait_loses_nothing(bus: Arc<dyn Bus>) {
    let mut subscriber = bus.subscribe("readers").await.expect("a subscriber joins");
    let waited = tokio::time::timeout(Duration::from_millis(20), subscriber.next()).await;
    assert!(waited.is_err(), "nothing arrives before anything was published");
    bus.publish(&[record(0, 1, 0, 1)]).await.expect("the bus takes records");
    assert_eq!(*receive(&mut *subscriber, 1).await[0], *record(0, 1, 0, 1));
}

async fn the_tail_is_the_last_record(bus: Arc<dyn Bus>) {
    let tail = async |before| bus.tail(0, before).await.expect("the bus answers");
    let forgets = tail(None).await == Tail::Forgets;
    assert!(forgets || tail(None).await == Tail::Empty, "a new bus is empty");
    let sent = [record(0, 1, 0, 1), record(0, 2, 0, 3), record(0, 2, 1, 3)];
    bus.publish(&sent).await.expect("it takes records");
    if forgets {
        assert_eq!(tail(None).await, Tail::Forgets, "what keeps no record has no last one");
        return;
    }
    let mut before = None;
    for sent in sent.iter().rev() {
        let Tail::Last { record, place } = tail(before).await else { panic!("there is a last record") };
        assert_eq!(record, *sent, "the tail is the last record, and before it the one before");
        before = Some(place);
    }
    assert_eq!(tail(before).await, Tail::Empty, "nothing stands before the first record");
}

async fn a_bus_without_subscribers_takes_records(bus: Arc<dyn Bus>) {
    for number in 1..=3 {
        bus.publish(&[record(0, number, 0, 1)]).await.expect("the bus takes records that nobody waits for");
    }
    let mut subscriber = bus.subscribe("late").await.expect("a subscriber joins");
    bus.publish(&[record(0, 4, 0, 1)]).await.expect("the bus takes records");
    let mut last = 0;
    while last < 4 {
        last = receive(&mut *subscriber, 1).await.last().expect("a record").position.number;
    }
}
