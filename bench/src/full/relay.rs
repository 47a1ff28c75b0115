//! From the log to Kafka, beside a bare producer with the same records.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaErrorCode::QueueFull;
use tidings_command_host::relay::{Options, Relay};
use tidings_eventstore::EventStore;
use tidings_world::System;

use super::Run;
use super::places::{BARE, Place};
use crate::event::PARTITIONS;
use crate::report::Figures;
use crate::{Failure, social};

/// The names of the figures.
pub(crate) const RELAYED: &str = "events relayed from the log to Kafka";
pub(crate) const PRODUCED: &str = "  records by a bare idempotent producer";

/// How long anything may take altogether.
const PATIENCE: Duration = Duration::from_secs(300);

/// A log of the social platform, relayed; then its records, produced.
pub(crate) fn round(run: &Run, figures: &mut Figures) -> Result<(), Failure> {
    run.fresh(|place| {
        run.block_on(async { social::fill(Arc::new(place.log().await?), run.events).await })?;
        let took = relayed(run, place)?;
        figures.value(RELAYED, run.events as f64 / took.as_secs_f64(), "/s");
        let records = consume(place, run.events, |message| message.detach())?.0;
        run.block_on(place.topic(BARE))?;
        let took = produce(place, &records)?;
        figures.value(PRODUCED, run.events as f64 / took.as_secs_f64(), "/s");
        Ok(())
    })
}

/// Relays the log of a place to its topic; tells how long it took from the relay's start on.
pub(crate) fn relayed(run: &Run, place: &Place<'_>) -> Result<Duration, Failure> {
    let (store, bus) = run.block_on(async {
        let store =
            EventStore::start(Arc::new(place.log().await?), Arc::new(System::new()), Default::default());
        Ok::<_, Failure>((store, Arc::new(place.topic("").await?)))
    })?;
    let watcher: BaseConsumer = place.kafka().create()?;
    let started = Instant::now();
    let relay = run.runtime.spawn(Relay::new(store, bus, Options::default()).run());
    while published(&watcher, &place.topic_name(""))? < run.events {
        if started.elapsed() > PATIENCE {
            return Err("the relay does not come to its end".into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    let took = started.elapsed();
    relay.abort();
    Ok(took)
}

/// How many records a topic has.
fn published(watcher: &BaseConsumer, topic: &str) -> Result<u64, Failure> {
    let mut records = 0;
    for partition in 0..PARTITIONS {
        let (low, high) = watcher.fetch_watermarks(topic, partition.into(), PATIENCE)?;
        records += u64::try_from(high - low)?;
    }
    Ok(records)
}

/// Reads so many records from the beginning of a place's topic, and tells how long that took from the first on.
pub(crate) fn consume<T>(
    place: &Place<'_>,
    count: u64,
    keep: impl Fn(&BorrowedMessage<'_>) -> T,
) -> Result<(Vec<T>, Duration), Failure> {
    let mut config = place.kafka();
    // No offset is committed.
    config.set("group.id", "tidings-bench").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create()?;
    let mut partitions = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        partitions.add_partition_offset(&place.topic_name(""), partition.into(), Offset::Beginning)?;
    }
    consumer.assign(&partitions)?;
    let (mut kept, mut began) = (Vec::with_capacity(usize::try_from(count)?), None);
    while (kept.len() as u64) < count {
        let message = consumer.poll(PATIENCE).ok_or("the topic has not all records")??;
        began.get_or_insert_with(Instant::now);
        kept.push(keep(&message));
    }
    Ok((kept, began.map_or(Duration::ZERO, |began| began.elapsed())))
}

/// Produces records and does nothing else.
fn produce(place: &Place<'_>, records: &[OwnedMessage]) -> Result<Duration, Failure> {
    let mut config = place.kafka();
    config.set("enable.idempotence", "true").set("acks", "all");
    let producer: ThreadedProducer<DefaultProducerContext> = config.create()?;
    let topic = place.topic_name(BARE);
    let started = Instant::now();
    for record in records {
        let mut next = BaseRecord::to(&topic)
            .partition(record.partition())
            .key(record.key().unwrap_or_default())
            .payload(record.payload().unwrap_or_default())
            .headers(record.headers().map_or_else(OwnedHeaders::new, OwnedHeaders::clone));
        while let Err((cause, again)) = producer.send(next) {
            if cause.rdkafka_error_code() != Some(QueueFull) {
                return Err(cause.into());
            }
            thread::sleep(Duration::from_millis(1));
            next = again;
        }
    }
    producer.flush(PATIENCE)?;
    Ok(started.elapsed())
}
