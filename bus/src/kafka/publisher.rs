//! The producer, and what becomes of records that were given to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::error::{no_client, unavailable};
use super::retiring::Retiring;
use super::{Topic, config, context, encode};
use crate::{BusError, Record};

/// How long records may wait for the brokers without any of them being taken.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many records are handed over before other tasks get their turn.
const TURN: usize = 64;

/// Publishes until something fails; then it is thrown away, and with it what it still holds.
pub(super) struct Publisher {
    topic: Topic,
    producer: Retiring<ThreadedProducer<Deliveries>>,
}

impl Publisher {
    pub(super) fn start(topic: &Topic) -> Result<Self, BusError> {
        let producer = config::producer(&topic.servers).create_with_context(Deliveries).map_err(no_client)?;
        Ok(Self { topic: topic.clone(), producer: Retiring::new(producer) })
    }

    /// Publishes records, and tells for each partition where they landed: the first offset, and the one after the
    /// last. On an error some may have landed, in each partition from the front, and some may land yet.
    pub(super) async fn publish(&self, records: &[Record]) -> Result<Vec<(u16, i64, i64)>, BusError> {
        let mut lots: BTreeMap<u16, Arc<Lot>> = BTreeMap::new();
        for record in records {
            let lot = lots.entry(record.position.partition).or_default();
            lot.open.fetch_add(1, Ordering::Relaxed);
        }
        for (place, record) in records.iter().enumerate() {
            if place % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            self.send(record, &lots[&record.position.partition]).await?;
        }
        let mut landed = Vec::with_capacity(lots.len());
        for (partition, lot) in lots {
            let (first, end) = lot.landed().await?;
            landed.push((partition, first, end));
        }
        Ok(landed)
    }

    async fn send(&self, record: &Record, lot: &Arc<Lot>) -> Result<(), BusError> {
        let mut next = BaseRecord::with_opaque_to(&self.topic.name, lot.clone())
            .partition(i32::from(record.position.partition))
            .key(record.stream.as_str())
            .payload(&record.event.data)
            .headers(encode::headers(record, &self.topic.source()));
        let mut waited = Duration::ZERO;
        loop {
            match self.producer.send(next) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again))
                    if waited < PATIENCE =>
                {
                    const PAUSE: Duration = Duration::from_millis(5);
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                    next = again;
                }
                Err((cause, _)) => return Err(unavailable("a record is not taken", cause)),
            }
        }
    }
}

/// Records of one partition that were handed over together.
#[derive(Debug)]
struct Lot {
    /// How many have not landed or failed yet.
    open: AtomicUsize,
    first: AtomicI64,
    last: AtomicI64,
    failure: std::sync::OnceLock<KafkaError>,
    done: Notify,
}

impl Default for Lot {
    fn default() -> Self {
        Self {
            open: AtomicUsize::new(0),
            first: AtomicI64::new(i64::MAX),
            last: AtomicI64::new(-1),
            failure: std::sync::OnceLock::new(),
            done: Notify::new(),
        }
    }
}

impl Lot {
    /// Waits until all have landed; gives up where for some time none did.
    async fn landed(&self) -> Result<(i64, i64), BusError> {
        let mut open = usize::MAX;
        while timeout(PATIENCE, self.done.notified()).await.is_err() {
            let now = self.open.load(Ordering::Acquire);
            if now == open {
                return Err(unavailable("publishing", format!("the brokers leave {open} records waiting")));
            }
            open = now;
        }
        match self.failure.get() {
            Some(cause) => Err(unavailable("a record is not taken", cause)),
            None => Ok((self.first.load(Ordering::Acquire), self.last.load(Ordering::Acquire) + 1)),
        }
    }

    fn settle(&self, outcome: Result<i64, KafkaError>) {
        match outcome {
            Ok(offset) => {
                self.first.fetch_min(offset, Ordering::Relaxed);
                self.last.fetch_max(offset, Ordering::Relaxed);
            }
            Err(cause) => drop(self.failure.set(cause)),
        }
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.done.notify_one();
        }
    }
}

/// Tells a lot what became of each of its records.
struct Deliveries;

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        context::log(level, fac, message);
    }

    fn error(&self, cause: KafkaError, reason: &str) {
        context::error(&cause, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Arc<Lot>;

    fn delivery(&self, result: &DeliveryResult<'_>, lot: Arc<Lot>) {
        lot.settle(match result {
            Ok(message) => Ok(message.offset()),
            Err((cause, _)) => Err(cause.clone()),
        });
    }
}
