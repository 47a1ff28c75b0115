//! A topic of its own for each test, and what stands on it.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::Offset;
use rdkafka::{ClientConfig, TopicPartitionList};
use tidings_bus::KafkaBus;
use uuid::Uuid;

pub const LIMIT: Duration = Duration::from_secs(30);

/// A topic of a name that nobody else has.
pub struct Fresh {
    pub servers: String,
    pub topic: String,
    pub partitions: u16,
}

/// What stands in a record: its key, headers and value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Raw {
    pub key: String,
    pub headers: Vec<(String, String)>,
    pub value: String,
}

impl Fresh {
    pub fn new(partitions: u16) -> Self {
        let servers = std::env::var("TIDINGS_TEST_KAFKA").expect(
            "TIDINGS_TEST_KAFKA is not set: run dev/test, or `dev/servers up` and export what it prints",
        );
        Self { servers, topic: format!("test-{}", Uuid::new_v4()), partitions }
    }

    pub fn bus(&self) -> KafkaBus {
        KafkaBus::new(&self.servers, &self.topic, self.partitions)
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers);
        config
    }

    pub fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.config().create().unwrap()
    }

    /// Makes the topic as somebody else would.
    pub async fn create(&self, partitions: i32, settings: &[(&str, &str)]) {
        let new = NewTopic::new(&self.topic, partitions, TopicReplication::Fixed(1));
        let new = settings.iter().fold(new, |new, (name, value)| new.set(name, value));
        let made = self.admin().create_topics([&new], &AdminOptions::new()).await.unwrap();
        made.into_iter().for_each(|made| drop(made.unwrap()));
    }

    /// Puts a record on the topic as somebody else would.
    pub fn put(&self, partition: i32, raw: &Raw) {
        let producer: BaseProducer = self.config().create().unwrap();
        let headers = raw.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let record = BaseRecord::to(&self.topic).partition(partition).key(&raw.key).payload(&raw.value);
        producer.send(record.headers(headers)).map_err(|(cause, _)| cause).unwrap();
        producer.flush(LIMIT).unwrap();
    }

    /// Where a member of a group that comes now would begin in a partition; none where the group left no word of it.
    pub fn left_off(&self, group: &str, partition: i32) -> Option<i64> {
        let mut config = self.config();
        config.set("group.id", self.group(group));
        let consumer: BaseConsumer = config.create().unwrap();
        let mut asked = TopicPartitionList::new();
        asked.add_partition(&self.topic, partition);
        let left = consumer.committed_offsets(asked, LIMIT).unwrap();
        match left.elements()[0].offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }
    }

    /// How many members a group has.
    pub fn members(&self, group: &str) -> usize {
        let asker: BaseConsumer = self.config().create().unwrap();
        let groups = asker.fetch_group_list(Some(&self.group(group)), LIMIT).unwrap();
        groups.groups().iter().map(|group| group.members().len()).sum()
    }

    fn group(&self, group: &str) -> String {
        format!("{}-{group}", self.topic)
    }

    /// Everything in a partition, as it stands.
    pub fn all(&self, partition: i32) -> Vec<Raw> {
        let mut config = self.config();
        config.set("group.id", "looks-on").set("enable.partition.eof", "true");
        let consumer: BaseConsumer = config.create().unwrap();
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(&self.topic, partition, Offset::Beginning).unwrap();
        consumer.assign(&from).unwrap();
        let mut all = Vec::new();
        loop {
            match consumer.poll(LIMIT).expect("the topic answers") {
                Ok(message) => all.push(raw(&message)),
                Err(KafkaError::PartitionEOF(_)) => return all,
                Err(cause) => panic!("{cause}"),
            }
        }
    }
}

impl Raw {
    /// Changes a header, or takes it away.
    pub fn with(mut self, name: &str, value: Option<&str>) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }
}

fn raw(message: &BorrowedMessage<'_>) -> Raw {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers().map(|headers| {
        headers.iter().map(|h| (h.key.to_owned(), text(h.value.unwrap_or_default()))).collect()
    });
    Raw {
        key: text(message.key().unwrap_or_default()),
        headers: headers.unwrap_or_default(),
        value: text(message.payload().unwrap_or_default()),
    }
}
