//! How librdkafka is told to work. What is not named here is its default.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// The most bytes that a record may have: an event's data of 1 MiB, with its headers, and room to spare.
pub(super) const MAX_RECORD_BYTES: usize = 2 << 20;

/// How long one request to the brokers may take.
pub(super) const ASK: Duration = Duration::from_secs(3);

/// The group under which relays leave hints of how far they came.
pub(super) const RELAYS: &str = "tidings-relay";

fn client(servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    config.set("client.id", "tidings");
    // A broker that hangs is given up within seconds, and one that comes back is found within one.
    config.set("socket.timeout.ms", "10000");
    config.set("socket.connection.setup.timeout.ms", "3000");
    config.set("reconnect.backoff.max.ms", "1000");
    config.set("socket.nagle.disable", "true");
    config.set_log_level(RDKafkaLogLevel::Warning);
    config
}

/// Makes topics and looks at their settings.
pub(super) fn admin(servers: &str) -> ClientConfig {
    client(servers)
}

/// Publishes without a hole: see decision 19.
pub(super) fn producer(servers: &str) -> ClientConfig {
    let mut config = client(servers);
    config.set("enable.idempotence", "true");
    config.set("acks", "all");
    config.set("enable.gapless.guarantee", "true");
    config.set("message.timeout.ms", "0");
    // A broker that knows nothing of a producer yet takes any of its requests as the first. With one request on its
    // way at a time, none can overtake another.
    config.set("max.in.flight.requests.per.connection", "1");
    config.set("message.max.bytes", MAX_RECORD_BYTES.to_string());
    // What is in memory is bounded.
    config.set("queue.buffering.max.messages", "50000");
    config.set("queue.buffering.max.kbytes", "65536");
    config.set("linger.ms", "0");
    config.set("compression.type", "lz4");
    config
}

/// Reads what is there: the topic's shape, ends, last records, and hints.
pub(super) fn reader(servers: &str) -> ClientConfig {
    let mut config = consumer(servers, RELAYS);
    config.set("enable.partition.eof", "true");
    config
}

/// A member of a group.
pub(super) fn consumer(servers: &str, group: &str) -> ClientConfig {
    let mut config = client(servers);
    config.set("group.id", group);
    config.set("enable.auto.commit", "false");
    config.set("enable.auto.offset.store", "false");
    config.set("allow.auto.create.topics", "false");
    config.set("auto.offset.reset", "earliest");
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.set("session.timeout.ms", "10000");
    // Somebody else's open transaction on the topic must not hold up our records.
    config.set("isolation.level", "read_uncommitted");
    // What is fetched ahead is bounded, all partitions together.
    config.set("queued.max.messages.kbytes", "16384");
    // A topic that was deleted and made anew is found again soon.
    config.set("topic.metadata.refresh.interval.ms", "10000");
    config.set("fetch.error.backoff.ms", "100");
    config
}
