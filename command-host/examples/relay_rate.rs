//! How fast the relay brings a log to Kafka, beside a bare idempotent producer with the same records.
//!
//! `cargo run --release -p tidings-command-host --no-default-features --features test-servers --example relay_rate --
//! 127.0.0.1:9092 200000`
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a measurement that cannot be made fails

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Message, OwnedMessage};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode::QueueFull;
use tidings_bus::{Bus, KafkaBus, Tail};
use tidings_command_host::relay::{Options, Relay};
use tidings_domain::{Encoded, StreamId};
use tidings_eventstore::{Append, EventStore, MemoryLog};
use tidings_world::{Handle, System};

const PARTITIONS: u16 = 8;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let servers = args.next().expect("HOST:PORT of a broker");
    let count: usize = args.next().map_or(200_000, |count| count.parse().unwrap());
    let world: Handle = Arc::new(System::new());
    let (store, topic) = (log(&world, count).await, format!("rate-{}", world.id()));
    let mut relayed = Vec::new();
    for round in 0..3 {
        let topic = format!("{topic}-{round}");
        let bus = KafkaBus::new(&servers, &topic, PARTITIONS);
        bus.check().await.unwrap();
        let started = Instant::now();
        let relay = tokio::spawn(Relay::new(store.clone(), Arc::new(bus.clone()), Options::default()).run());
        ends(&store, &bus).await;
        let rate = count as f64 / started.elapsed().as_secs_f64();
        relay.abort();
        if relayed.is_empty() {
            relayed = records(&servers, &topic, count);
        }
        let bare = KafkaBus::new(&servers, &format!("{topic}-bare"), PARTITIONS);
        bare.check().await.unwrap();
        let by_itself = produce(&servers, &format!("{topic}-bare"), &relayed);
        println!("relay {rate:.0} events/s, bare producer {by_itself:.0}, ratio {:.2}", rate / by_itself);
    }
}

/// A log of so many commits of one event of 400 bytes.
async fn log(world: &Handle, count: usize) -> EventStore {
    let store = EventStore::start(Arc::new(MemoryLog::new(PARTITIONS)), world.clone(), Default::default());
    let data = format!(r#"{{"text":"{}"}}"#, "x".repeat(389));
    let mut done = 0;
    while done < count {
        let some = (count - done).min(1_000);
        let mut appends = tokio::task::JoinSet::new();
        for _ in 0..some {
            let command = world.id();
            let event = Encoded { name: "PostCreated".into(), schema: 1, data: data.clone() };
            let append = Append {
                stream: StreamId::of("post", command).unwrap(),
                expected: 0,
                events: vec![event],
                command,
                correlation: command,
                causation: None,
                actor: command,
                occurred_at: None,
            };
            let store = store.clone();
            appends.spawn(async move { store.append(append).await.unwrap() });
        }
        appends.join_all().await;
        done += some;
    }
    store
}

async fn ends(store: &EventStore, bus: &KafkaBus) {
    for partition in 0..PARTITIONS {
        let number = store.head(partition).await.unwrap().number;
        let ends = |tail| matches!(tail, Tail::Last { record, .. } if record.position.number == number);
        while !ends(bus.tail(partition, None).await.unwrap()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn config(servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    config
}

/// All that is on the topic.
fn records(servers: &str, topic: &str, count: usize) -> Vec<OwnedMessage> {
    let mut config = config(servers);
    config.set("group.id", "rate").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let mut records = Vec::with_capacity(count);
    while records.len() < count {
        records.extend(consumer.poll(Duration::from_secs(10)).map(|message| message.unwrap().detach()));
    }
    records
}

/// The rate of a producer that does nothing else.
fn produce(servers: &str, topic: &str, records: &[OwnedMessage]) -> f64 {
    let mut config = config(servers);
    config.set("enable.idempotence", "true").set("acks", "all");
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().unwrap();
    let started = Instant::now();
    for record in records {
        let mut next = BaseRecord::to(topic)
            .partition(record.partition())
            .key(record.key().unwrap())
            .payload(record.payload().unwrap())
            .headers(rdkafka::message::OwnedHeaders::clone(record.headers().unwrap()));
        while let Err((cause, again)) = producer.send(next) {
            assert_eq!(cause.rdkafka_error_code(), Some(QueueFull));
            std::thread::sleep(Duration::from_millis(1));
            next = again;
        }
    }
    producer.flush(Duration::from_secs(60)).unwrap();
    records.len() as f64 / started.elapsed().as_secs_f64()
}
