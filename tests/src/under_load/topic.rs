//! What other consumers find on the topic.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use crate::LIMIT;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tidings_eventstore::Commit;
use tokio::task::JoinSet;

/// Waits until the topic has each event of the log. Records may be repeated, but none stands before one that precedes it
/// in the log unless it is a repeat.
pub async fn assert_has((servers, topic): (&str, &str), log: &BTreeMap<u16, Vec<&Commit>>) {
    let mut partitions = JoinSet::new();
    for (partition, commits) in log {
        let expected: Vec<String> = commits
            .iter()
            .flat_map(|commit| (0..commit.events.len()).map(|index| format!("{}:{index}", commit.position)))
            .collect();
        let (servers, topic) = (servers.to_owned(), topic.to_owned());
        partitions.spawn(assert_partition_has(servers, topic, *partition, expected));
    }
    partitions.join_all().await;
}

async fn assert_partition_has(servers: String, topic: String, partition: u16, expected: Vec<String>) {
    let end = Instant::now() + LIMIT;
    loop {
        let found = records(&servers, &topic, partition).await;
        let right = expected.get(..found.len()).is_some_and(|expected| expected == found);
        assert!(right, "records of partition {partition} out of order: {:?}", difference(&found, &expected));
        if found.len() == expected.len() {
            return;
        }
        assert!(Instant::now() < end, "in {LIMIT:?} the topic did not get all of partition {partition}");
    }
}

fn difference<'a>(found: &'a [String], expected: &'a [String]) -> (usize, &'a [String], &'a [String]) {
    let place = found.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
    let few = |all: &'a [String]| &all[place.min(all.len())..(place + 3).min(all.len())];
    (place, few(found), few(expected))
}

/// The ids of the records of a partition, without repeats.
async fn records(servers: &str, topic: &str, partition: u16) -> Vec<String> {
    let (servers, topic) = (servers.to_owned(), topic.to_owned());
    let read = move || {
        let mut settings = ClientConfig::new();
        settings.set("bootstrap.servers", servers).set("group.id", "audit");
        settings.set("enable.auto.commit", "false").set("enable.partition.eof", "true");
        let consumer: BaseConsumer = settings.create().unwrap();
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(&topic, i32::from(partition), Offset::Beginning).unwrap();
        consumer.assign(&from).unwrap();
        let (mut found, mut known) = (Vec::new(), HashSet::new());
        loop {
            match consumer.poll(Duration::from_secs(30)) {
                Some(Ok(message)) => {
                    let id = id(&message);
                    if known.insert(id.clone()) {
                        found.push(id);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return found,
                Some(Err(_)) => {} // it tries again by itself
                None => panic!("Kafka does not answer"),
            }
        }
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

fn id(message: &BorrowedMessage<'_>) -> String {
    let headers = message.headers().unwrap();
    let id = headers.iter().find(|header| header.key == "ce_id").unwrap();
    String::from_utf8(id.value.unwrap().to_vec()).unwrap()
}
