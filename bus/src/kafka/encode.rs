//! From an event to a record of Kafka: CloudEvents 1.0 in binary mode. `docs/event-contract.md` is its contract.

use std::fmt::{self, Write};

use rdkafka::message::{Header, OwnedHeaders};
use tidings_domain::Recorded;
use uuid::Uuid;

/// The headers of a record; its key is the stream, its value the event's data.
pub(super) fn headers(record: &Recorded, source: &str) -> OwnedHeaders {
    let Recorded { position, index, event, .. } = record;
    Headers { headers: OwnedHeaders::new_with_capacity(20), text: String::with_capacity(64) }
        .with("ce_specversion", "1.0")
        .with("ce_id", format_args!("{position}:{index}"))
        .with("ce_source", source)
        .with("ce_type", &event.name)
        .with("ce_subject", record.stream.as_str())
        .with("ce_time", record.happened_at())
        .with("content-type", "application/json")
        .with("ce_position", position)
        .with("ce_index", index)
        .with("ce_count", record.count)
        .with("ce_version", record.version)
        .with("ce_schema", event.schema)
        .with("ce_commit", record.commit)
        .with("ce_command", record.command)
        .with("ce_correlation", record.correlation)
        .with_some("ce_causation", record.causation)
        .with("ce_actor", record.actor)
        .with_some("ce_occurredat", record.occurred_at)
        .with("ce_recordedat", record.recorded_at)
        .with_some("traceparent", traceparent(record.correlation, record.command))
        .headers
}

struct Headers {
    headers: OwnedHeaders,
    /// Room that each value is written in.
    text: String,
}

impl Headers {
    fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.text.clear();
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
        self.headers = self.headers.insert(Header { key, value: Some(&self.text) });
        self
    }

    fn with_some(self, key: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

/// The trace of W3C that a conversation is: its correlation id is the trace's, and the second half of the command's
/// id the span's. None where one of them is all zero, which the standard forbids.
fn traceparent(correlation: Uuid, command: Uuid) -> Option<String> {
    let (trace, (_, span)) = (correlation.as_u128(), command.as_u64_pair());
    (trace != 0 && span != 0).then(|| format!("00-{trace:032x}-{span:016x}-01"))
}
