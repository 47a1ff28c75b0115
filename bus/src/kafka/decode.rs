//! From a record of Kafka to an event; anything else on the topic is told apart.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Arc;

use rdkafka::message::{Headers, Message};
use tidings_domain::{Encoded, Position, Recorded};

use crate::Record;

/// The event of a record; else why it is not one of ours: another's, or damaged.
///
/// # Errors
/// What is wrong with the record, in words that are the same for all that are wrong in the same way.
pub fn record(message: &impl Message, source: &str) -> Result<Record, String> {
    let fields = Fields::of(message).ok_or("its headers are not those of an event")?;
    if fields.text("ce_specversion")? != "1.0" {
        return Err("ce_specversion is not 1.0".into());
    }
    if fields.text("ce_source")? != source {
        return Err("ce_source names another log".into());
    }
    let position: Position = fields.parse("ce_position")?;
    let (index, count) = (fields.parse("ce_index")?, fields.parse("ce_count")?);
    let stream = fields.text("ce_subject")?;
    let stands_right =
        i32::from(position.partition) == message.partition() && position.number > 0 && index < count;
    if !stands_right {
        return Err("its position cannot be right".into());
    }
    if message.key() != Some(stream.as_bytes()) {
        return Err("its key is not its stream".into());
    }
    let data = message.payload().and_then(|payload| std::str::from_utf8(payload).ok());
    Ok(Arc::new(Recorded {
        position,
        index,
        count,
        stream: stream.parse().map_err(|_| missing("ce_subject"))?,
        version: fields.parse("ce_version")?,
        event: Encoded {
            name: fields.text("ce_type")?.to_owned().into(),
            schema: fields.parse("ce_schema")?,
            data: data.ok_or("its value is no text")?.to_owned(),
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

    fn text(&self, key: &str) -> Result<&'a str, String> {
        let found = self.0.iter().find(|(name, _)| *name == key);
        found.and_then(|(_, value)| std::str::from_utf8(value).ok()).ok_or_else(|| missing(key))
    }

    fn parse<T: FromStr>(&self, key: &str) -> Result<T, String> {
        self.text(key)?.parse().map_err(|_| missing(key))
    }

    /// `Ok(None)` where there is no such header.
    fn maybe<T: FromStr>(&self, key: &str) -> Result<Option<T>, String> {
        match self.0.iter().any(|(name, _)| *name == key) {
            true => self.parse(key).map(Some),
            false => Ok(None),
        }
    }
}

fn missing(key: &str) -> String {
    format!("{key} is missing or cannot be read")
}
