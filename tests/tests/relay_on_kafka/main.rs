//! The relay on a real Kafka: whatever fails, the topic without its repeats is the log.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod lamps;
mod topic;

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, BusError, KafkaBus, Record, Tail};
use tidings_domain::{Encoded, Recorded};
use tidings_eventstore::MemoryLog;
use tidings_tests::{Kind, Server};

use crate::lamps::Lamps;
use crate::topic::Topic;

const PARTITIONS: u16 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_at_once_repeat_records_and_leave_none_out() {
    let topic = Topic::new();
    let log = Arc::new(MemoryLog::new(PARTITIONS));
    let (one, other) = (Lamps::on(log.clone()), Lamps::on(log));
    let relays = [one.relay(topic.bus(PARTITIONS)), other.relay(topic.bus(PARTITIONS))];
    for _ in 0..10 {
        tokio::join!(one.turn_on(100), other.turn_on(100));
    }
    topic.becomes(&one).await;
    drop(relays);
}

/// Partitions 0 and 1 are the first one's, and 2 the other's, which is killed; its lease says that it lives.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_relays_each_publishes_what_it_owns_once_and_when_one_is_killed_the_other_publishes_the_rest()
{
    let topic = Topic::new();
    let log = Arc::new(MemoryLog::new(PARTITIONS));
    let (one, other) = (Lamps::on(log.clone()), Lamps::on(log));
    let relay = one.relay_with_owners(topic.bus(PARTITIONS), |partition| partition == 2);
    let owner = other.relay_with_owners(topic.bus(PARTITIONS), |partition| partition != 2);
    for _ in 0..10 {
        tokio::join!(one.turn_on(30), other.turn_on(30));
    }
    topic.becomes(&one).await;
    for partition in 0..PARTITIONS {
        assert_eq!(topic.events(partition), one.events(partition).await, "each record once");
    }
    drop(owner);
    tokio::join!(one.turn_on(100), other.turn_on(100));
    topic.becomes(&one).await;
    drop(relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_killed_again_and_again_leaves_none_out() {
    let topic = Topic::new();
    let lamps = Lamps::on(Arc::new(MemoryLog::new(PARTITIONS)));
    for n in 0..6 {
        let relay = lamps.relay(topic.bus(PARTITIONS));
        lamps.turn_on(300).await;
        tokio::time::sleep(Duration::from_millis(7 * n)).await;
        drop(relay);
    }
    let relay = lamps.relay(topic.bus(PARTITIONS));
    topic.becomes(&lamps).await;
    drop(relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_deleted_and_made_anew_gets_all_of_the_log_again() {
    let topic = Topic::new();
    let lamps = Lamps::on(Arc::new(MemoryLog::new(PARTITIONS)));
    let relay = lamps.relay(topic.bus(PARTITIONS));
    lamps.turn_on(200).await;
    topic.becomes(&lamps).await;
    topic.delete().await;
    topic.create(PARTITIONS).await;
    lamps.turn_on(200).await;
    // What comes first there is the first that was published after the change; then all of it.
    topic.holds_all(&lamps).await;
    drop(relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_deleted_is_made_again_and_gets_all_of_the_log() {
    let topic = Topic::new();
    let lamps = Lamps::on(Arc::new(MemoryLog::new(PARTITIONS)));
    let relay = lamps.relay(topic.bus(PARTITIONS));
    lamps.turn_on(100).await;
    topic.becomes(&lamps).await;
    topic.delete().await;
    lamps.turn_on(100).await;
    topic.becomes(&lamps).await;
    drop(relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_records_have_expired_the_relay_goes_on_from_its_hint() {
    let topic = Topic::new();
    let lamps = Lamps::on(Arc::new(MemoryLog::new(1)));
    let relay = lamps.relay(topic.bus(1));
    lamps.turn_on(50).await;
    topic.becomes(&lamps).await;
    drop(relay);
    topic.expire().await;
    let last = lamps.heads().await[0];
    let hinted = async {
        loop {
            match topic.bus(1).tail(0, None).await.unwrap() {
                Tail::Noted { number, .. } => return number,
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let number = tokio::time::timeout(Duration::from_secs(20), hinted).await.expect("there is a hint");
    assert!((1..=last).contains(&number), "{number} of {last}");
    let relay = lamps.relay(topic.bus(1));
    lamps.turn_on(10).await;
    topic.ends_with(&lamps).await;
    drop(relay);
}

/// The last event of the log, with other words: as its stream's reader might put it there.
async fn forged(lamps: &Lamps) -> Record {
    let (number, store) = (lamps.heads().await[0], &lamps.store);
    let last = store.read_partition(0, number - 1, 1).await.unwrap().commits[0].recorded().last().unwrap();
    let event = Encoded { data: r#"{"by":"somebody else"}"#.into(), ..last.event };
    Arc::new(Recorded { event, ..last })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_somebody_else_made_up_does_not_move_the_relay_past_what_it_had_not_published() {
    let topic = Topic::new();
    let lamps = Lamps::on(Arc::new(MemoryLog::new(1)));
    let relay = lamps.relay(topic.bus(1));
    lamps.turn_on(20).await;
    topic.becomes(&lamps).await;
    drop(relay);
    let before = lamps.events(0).await;
    lamps.turn_on(20).await;
    let all = lamps.events(0).await;
    let forged = forged(&lamps).await;
    for _ in 0..3 {
        topic.bus(1).publish(std::slice::from_ref(&forged)).await.unwrap();
    }
    let relay = lamps.relay(topic.bus(1));
    topic.holds_all(&lamps).await;
    let last = *all.last().unwrap();
    assert_eq!(topic.events(0), [&before, &[last; 3][..], &all[before.len()..]].concat());
    drop(relay);
}

/// The broker is killed while records are on their way, three times; and at last hangs for longer than a publish waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_or_hangs_in_the_middle_costs_no_record() {
    let mut broker = Server::start(Kind::Kafka).await;
    let topic = Topic::on(&broker.url());
    let lamps = Lamps::on(Arc::new(MemoryLog::new(PARTITIONS)));
    let relay = lamps.relay(topic.bus(PARTITIONS));
    for round in 0..3 {
        lamps.turn_on(400).await;
        tokio::time::sleep(Duration::from_millis(20 * round)).await;
        broker.kill();
        lamps.turn_on(400).await;
        broker.restart().await;
        lamps.turn_on(400).await;
    }
    topic.becomes(&lamps).await;
    lamps.turn_on(400).await;
    broker.pause();
    tokio::join!(lamps.turn_on(400), tokio::time::sleep(Duration::from_secs(8)));
    broker.resume();
    topic.becomes(&lamps).await;
    drop(relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_a_publish_answers_within_seconds_and_then_works() {
    let mut broker = Server::start(Kind::Kafka).await;
    let topic = Topic::on(&broker.url());
    let bus: KafkaBus = topic.bus(1);
    let record = |number| tidings_bus::conformance::record(0, number, 0, 1);
    bus.publish(&[record(1)]).await.unwrap();
    broker.kill();
    for _ in 0..3 {
        let started = std::time::Instant::now();
        assert!(matches!(bus.publish(&[record(2)]).await, Err(BusError::Unavailable(_))));
        assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
    }
    broker.restart().await;
    let published = async { while bus.publish(&[record(2)]).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(60), published).await.expect("it works again");
    assert!(matches!(bus.tail(0, None).await, Ok(Tail::Last { record: last, .. }) if last == record(2)));
}
