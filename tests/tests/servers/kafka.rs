use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tidings_tests::{Kind, LIMIT, Server, Traffic};
use tokio::time::timeout;

use crate::{SHORT, ends_when_dropped, listens};

fn settings(url: &str) -> ClientConfig {
    let mut settings = ClientConfig::new();
    settings.set("bootstrap.servers", url).set("acks", "all").set("reconnect.backoff.max.ms", "500");
    settings
}

pub(crate) async fn create(url: &str, topic: &str, copies: i32) {
    let admin: AdminClient<DefaultClientContext> = settings(url).create().unwrap();
    let topic = NewTopic::new(topic, 1, TopicReplication::Fixed(copies));
    let created = admin.create_topics([&topic], &AdminOptions::new().operation_timeout(Some(LIMIT))).await;
    created.unwrap().remove(0).unwrap();
}

pub(crate) async fn send(url: &str, topic: &str) -> Result<(), KafkaError> {
    let producer: FutureProducer = settings(url).create().unwrap();
    let record = FutureRecord::<(), _>::to(topic).payload("hello");
    producer.send(record, LIMIT).await.map(drop).map_err(|(error, _)| error)
}

/// How many records the topic has, and which broker leads it.
pub(crate) async fn look(url: &str, topic: &str) -> (i64, i32) {
    let (url, topic) = (url.to_owned(), topic.to_owned());
    let look = move || {
        let consumer: BaseConsumer = settings(&url).create().unwrap();
        let (_, end) = consumer.fetch_watermarks(&topic, 0, LIMIT).unwrap();
        let metadata = consumer.fetch_metadata(Some(&topic), LIMIT).unwrap();
        (end, metadata.topics()[0].partitions()[0].leader())
    };
    tokio::task::spawn_blocking(look).await.unwrap()
}

#[tokio::test]
async fn it_keeps_its_data_when_killed_and_ends_with_the_test() {
    let mut server = Server::start(Kind::Kafka).await;
    let url = server.url();
    create(&url, "events", 1).await;
    send(&url, "events").await.unwrap();
    server.kill();
    assert!(!listens(&server));
    server.restart().await;
    assert_eq!(look(&url, "events").await, (1, 1));
    server.pause();
    assert!(timeout(SHORT, send(&url, "events")).await.is_err());
    server.resume();
    send(&url, "events").await.unwrap();
    ends_when_dropped(server).await;
}

#[tokio::test]
async fn behind_a_proxy_all_clients_go_through_it() {
    let (server, proxy) = Server::start_behind_proxy(Kind::Kafka).await;
    let url = Kind::Kafka.url(proxy.address());
    create(&url, "events", 1).await;
    send(&server.url(), "events").await.unwrap();
    proxy.set(Traffic::Refused);
    let refused = timeout(Duration::from_secs(3), send(&server.url(), "events")).await;
    assert!(refused.is_err(), "the server sends its clients to the proxy");
    proxy.set(Traffic::Passes);
    send(&url, "events").await.unwrap();
}
