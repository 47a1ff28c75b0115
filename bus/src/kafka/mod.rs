//! The bus on Kafka: one record an event, in the topic's partition that is the log's, under its stream as key.
//!
//! Whatever fails, a record never lands before one that precedes it in its partition of the log, unless it is a
//! repeat: decision 19 says why. What a record looks like is in `docs/event-contract.md`.

mod config;
mod context;
pub mod decode;
mod encode;
mod error;
mod hint;
mod offsets;
mod publisher;
mod retiring;
mod subscriber;
mod tail;
mod topic;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::consumer::BaseConsumer;
use tokio::time::timeout;

use crate::{Bus, BusError, Record, Subscriber, Tail};
use context::Quiet;
use publisher::Publisher;
use subscriber::KafkaSubscriber;

/// How long a call may take to reach the brokers before it fails.
const PATIENCE: Duration = Duration::from_secs(5);

/// A topic of Kafka as the bus of one log. Cloned handles share one producer.
#[derive(Clone)]
pub struct KafkaBus(Arc<Shared>);

struct Shared {
    topic: Topic,
    /// What publishes, until it fails.
    publisher: tokio::sync::Mutex<Option<Arc<Publisher>>>,
    places: Mutex<BTreeMap<u16, Place>>,
    hints: hint::Hints,
}

/// Where the bus is, and what it is the bus of.
#[derive(Clone, Debug)]
struct Topic {
    /// `HOST:PORT`, several with commas.
    servers: String,
    name: String,
    /// How many the log has.
    partitions: u16,
}

impl Topic {
    /// What every record of it names as its source.
    fn source(&self) -> String {
        format!("tidings:{}", self.name)
    }

    fn reader(&self) -> Result<BaseConsumer<Quiet>, BusError> {
        config::reader(&self.servers).create_with_context(Quiet).map_err(error::no_client)
    }
}

/// What is known of a partition of the topic.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Where it ended when it was last looked at or written: what is published next lands there or later.
    end: i64,
    /// It was cut off or made anew, and what was published since begins here: what counts is before.
    cut: Option<i64>,
}

impl KafkaBus {
    /// The bus of a log with so many partitions, on a topic of brokers that are found by `servers` (`HOST:PORT`,
    /// several with commas). Nothing is asked of them yet.
    pub fn new(servers: &str, topic: &str, partitions: u16) -> Self {
        let topic = Topic { servers: servers.to_owned(), name: topic.to_owned(), partitions };
        Self(Arc::new(Shared {
            topic,
            publisher: Default::default(),
            places: Mutex::default(),
            hints: Default::default(),
        }))
    }

    /// Makes the topic where there is none, and holds it against the log. The bus does so again by itself whenever
    /// it begins to publish or to listen.
    ///
    /// # Errors
    /// [`BusError::Unfit`] where the topic has another number of partitions than the log, or settings under which
    /// records would be lost; [`BusError::Unavailable`] where no broker answers within seconds.
    pub async fn check(&self) -> Result<(), BusError> {
        within("looking at the topic", topic::ensure(&self.0.topic)).await
    }

    /// What publishes; made anew where what was there has failed.
    async fn publisher(&self) -> Result<Arc<Publisher>, BusError> {
        let mut publisher = self.0.publisher.lock().await;
        if let Some(publisher) = &*publisher {
            return Ok(publisher.clone());
        }
        topic::ensure(&self.0.topic).await?;
        let fresh = Arc::new(Publisher::start(&self.0.topic)?);
        *publisher = Some(fresh.clone());
        Ok(fresh)
    }

    /// Throws away what failed, with what it still holds.
    async fn discard(&self, failed: &Arc<Publisher>) {
        let mut publisher = self.0.publisher.lock().await;
        if publisher.as_ref().is_some_and(|current| Arc::ptr_eq(current, failed)) {
            *publisher = None;
        }
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<u16, Place>> {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records landed from `first` to before `end`: an offset below the end of before tells of a topic that was made
    /// anew, or lost its last records, and then what is missing must be published again.
    fn landed(&self, partition: u16, first: i64, end: i64) -> Result<(), BusError> {
        let mut places = self.places();
        let place = places.entry(partition).or_default();
        if first < place.end {
            place.cut = Some(place.cut.map_or(first, |cut| cut.min(first)));
            place.end = end;
            return Err(BusError::Unavailable(format!(
                "topic `{}` was made anew, or lost records, in partition {partition}; what it lacks is published again",
                self.0.topic.name
            )));
        }
        // It went on from what counts, so that all before its end is there.
        *place = Place { end, cut: None };
        Ok(())
    }
}

#[async_trait]
impl Bus for KafkaBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        let publisher = within("publishing", self.publisher()).await?;
        let landed = publisher.publish(records).await.and_then(|landed| {
            landed.iter().try_for_each(|(partition, first, end)| self.landed(*partition, *first, *end))?;
            Ok(landed)
        });
        match landed {
            Ok(landed) => {
                self.0.hints.leave(&self.0.topic, records, &landed);
                Ok(())
            }
            Err(error) => {
                self.discard(&publisher).await;
                Err(error)
            }
        }
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        within("reading the topic's tail", async {
            self.publisher().await?;
            let cut = self.places().get(&partition).and_then(|place| place.cut);
            let (tail, end) = tail::read(&self.0.topic, partition, before, cut).await?;
            // What counts stays what it is until something was published behind it.
            self.places().insert(partition, Place { end, cut });
            Ok(tail)
        })
        .await
    }

    fn is_open(&self) -> bool {
        true
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        within("joining the group", async {
            topic::ensure(&self.0.topic).await?;
            Ok(Box::new(KafkaSubscriber::join(&self.0.topic, group).await?) as Box<dyn Subscriber>)
        })
        .await
    }
}

async fn within<T>(what: &str, work: impl Future<Output = Result<T, BusError>>) -> Result<T, BusError> {
    let late = |_| error::unavailable(what, format!("no answer within {} s", PATIENCE.as_secs()));
    timeout(PATIENCE, work).await.map_err(late)?
}
