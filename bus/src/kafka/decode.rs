//! From a record of Kafka to an event; anything else on the topic is told apart.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Arc;

use rdkafka::message::{Headers, Message};
use tidings_domain::{Encoded, Position, Recorded};

use crate::Record;

/// The event of a record; none where the record is not one of ours: another's, or damaged.
pub fn record(message: &impl Message, source: &str) -> Option<Record> {
    let fields = Fields::of(message)?;
    let position: Position = fields.parse("ce_position")?;
    let (index, count) = (fields.parse("ce_index")?, fields.parse("ce_count")?);
    let stream = fields.text("ce_subject")?;
    let ours = fields.text("ce_specversion")? == "1.0"
        && fields.text("ce_source")? == source
        && i32::from(position.partition) == message.partition()
        && position.number > 0
        && index < count
        && message.key() == Some(stream.as_bytes());
    if !ours {
        return None;
    }
    Some(Arc::new(Recorded {
        position,
        index,
        count,
        stream: stream.parse().ok()?,
        version: fields.parse("ce_version")?,
        event: Encoded {
            name: fields.text("ce_type")?.to_owned().into(),
            schema: fields.parse("ce_schema")?,
            data: std::str::from_utf8(message.payload()?).ok()?.to_owned(),
        },
        commit: fields.parse("ce_commit")?,
        command: fields.parse("ce_command")?,
        correlation: fields.parse("ce_correlation")?,
        causation: fields.maybe("ce_causation")?,
        actor: fields.parse("ce_actor")?,
        occurred_at: fields.maybe("ce_occurredat")?,
        recorded_at: fields.parse("ce_recordedat")?,
    }))
}

/// The headers of a record, in the order in which they stand.
struct Fields<'a>(Vec<(&'a str, &'a [u8])>);

/// More headers than this are not ours.
const MOST_HEADERS: usize = 64;

impl<'a> Fields<'a> {
    fn of(message: &'a impl Message) -> Option<Self> {
        let headers = message.headers()?;
        if headers.count() > MOST_HEADERS {
            return None;
        }
        // rdkafka panics on a name that is no UTF-8, and anybody may write one.
        let all = || headers.iter().map(|h| (h.key, h.value.unwrap_or_default())).collect();
        catch_unwind(AssertUnwindSafe(all)).ok().map(Self)
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(name, _)| *name == key)?;
        std::str::from_utf8(value).ok()
    }

    fn parse<T: FromStr>(&self, key: &str) -> Option<T> {
        self.text(key)?.parse().ok()
    }

    /// `Some(None)` where there is no such header; `None` where it cannot be read.
    fn maybe<T: FromStr>(&self, key: &str) -> Option<Option<T>> {
        match self.0.iter().any(|(name, _)| *name == key) {
            true => self.parse(key).map(Some),
            false => Some(None),
        }
    }
}
