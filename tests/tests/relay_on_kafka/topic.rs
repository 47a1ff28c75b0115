//! A topic of its own, and what stands on it.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::Offset;
use rdkafka::{ClientConfig, TopicPartitionList};
use tidings_bus::KafkaBus;
use uuid::Uuid;

use crate::lamps::Lamps;

const LIMIT: Duration = Duration::from_secs(90);

pub struct Topic {
    servers: String,
    name: String,
}

impl Topic {
    pub fn new() -> Self {
        Self::on(&std::env::var("TIDINGS_TEST_KAFKA").expect(
            "TIDINGS_TEST_KAFKA is not set: run dev/test, or `dev/servers up` and export what it prints",
        ))
    }

    pub fn on(servers: &str) -> Self {
        Self { servers: servers.to_owned(), name: format!("test-{}", Uuid::new_v4()) }
    }

    pub fn bus(&self, partitions: u16) -> KafkaBus {
        KafkaBus::new(&self.servers, &self.name, partitions)
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers);
        config
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.config().create().unwrap()
    }

    pub async fn create(&self, partitions: u16) {
        let new = NewTopic::new(&self.name, i32::from(partitions), TopicReplication::Fixed(1))
            .set("max.message.bytes", "2097152");
        let made = self.admin().create_topics([&new], &AdminOptions::new()).await.unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");
    }

    /// Deletes it, and waits until it is gone.
    pub async fn delete(&self) {
        self.admin().delete_topics(&[&self.name], &AdminOptions::new()).await.unwrap();
        let there = || {
            let consumer: BaseConsumer = self.config().create().unwrap();
            let metadata = consumer.fetch_metadata(Some(&self.name), LIMIT).unwrap();
            !metadata.topics()[0].partitions().is_empty()
        };
        while there() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes all records of the only partition away, as retention does.
    pub async fn expire(&self) {
        let mut all = TopicPartitionList::new();
        all.add_partition_offset(&self.name, 0, Offset::End).unwrap();
        self.admin().delete_records(&all, &AdminOptions::new()).await.unwrap();
        assert!(self.events(0).is_empty());
    }

    /// The events in a partition, by number and index, repeats included.
    pub fn events(&self, partition: u16) -> Vec<(u64, u32)> {
        let mut config = self.config();
        config.set("group.id", "looks-on").set("enable.partition.eof", "true");
        let consumer: BaseConsumer = config.create().unwrap();
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(&self.name, i32::from(partition), Offset::Beginning).unwrap();
        consumer.assign(&from).unwrap();
        let mut events = Vec::new();
        loop {
            match consumer.poll(Duration::from_secs(10)) {
                Some(Ok(message)) => {
                    let headers = message.headers().unwrap();
                    let get = |name| headers.iter().find(|h| h.key == name).unwrap().value.unwrap();
                    let text = |name| std::str::from_utf8(get(name)).unwrap();
                    let (_, number) = text("ce_position").split_once(':').unwrap();
                    events.push((number.parse().unwrap(), text("ce_index").parse().unwrap()));
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return events,
                // The broker, or the topic, is only just coming back.
                Some(Err(_)) | None => return Vec::new(),
            }
        }
    }

    async fn until(&self, lamps: &Lamps, done: impl Fn(&[(u64, u32)], &[(u64, u32)]) -> bool) {
        let started = Instant::now();
        for partition in 0..lamps.store.partitions() {
            let log = lamps.events(partition).await;
            loop {
                let events = self.events(partition);
                if done(&events, &log) {
                    break;
                }
                let (first, last) = (events.first(), events.last());
                let lacks = log.iter().find(|event| !events.contains(event));
                assert!(
                    started.elapsed() < LIMIT,
                    "partition {partition}: {} records, {first:?} to {last:?}, lacking {lacks:?} of {}",
                    events.len(),
                    log.len()
                );
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    /// Waits until the topic, without its repeats, is the log: nothing left out, nothing before what precedes it.
    pub async fn becomes(&self, lamps: &Lamps) {
        self.until(lamps, |events, log| {
            let mut seen = HashSet::new();
            let firsts: Vec<_> = events.iter().copied().filter(|event| seen.insert(*event)).collect();
            assert!(log.starts_with(&firsts), "published out of order, or with a hole: {firsts:?}");
            firsts == log
        })
        .await;
    }

    /// Waits until the topic has every event, the last of them last.
    pub async fn holds_all(&self, lamps: &Lamps) {
        self.until(lamps, |events, log| {
            let all: BTreeSet<_> = events.iter().collect();
            all.iter().copied().eq(log) && events.last() == log.last()
        })
        .await;
    }

    pub async fn ends_with(&self, lamps: &Lamps) {
        self.until(lamps, |events, log| log.ends_with(events) && !events.is_empty() || events == log).await;
    }
}
