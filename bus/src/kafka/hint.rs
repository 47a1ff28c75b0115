//! How far relays came, left with Kafka: for the day on which a topic's records have expired.
//!
//! A hint is kept as a committed offset of the group of relays, with the event's place in the log as its note. It
//! may be old, which costs repeats. Kafka forgets it with the topic.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::topic_partition_list::Offset;

use super::Topic;
use super::config::ASK;
use super::context::Quiet;
use super::error::{blocking, unavailable};
use crate::{BusError, Record, Tail};

/// How often hints are left, at most.
const EVERY: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Hints(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// The end of each partition that was published to since hints were last left, and the event before it.
    ends: BTreeMap<u16, (i64, u64, u32)>,
    left: Option<Instant>,
}

impl Hints {
    /// Takes note of what was published; leaves hints now and then.
    pub(super) fn leave(&self, topic: &Topic, records: &[Record], landed: &[(u16, i64, i64)]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (partition, _, end) in landed {
            let last = records.iter().rev().find(|record| record.position.partition == *partition);
            if let Some(last) = last {
                kept.ends.insert(*partition, (*end, last.position.number, last.index));
            }
        }
        if kept.left.is_some_and(|left| left.elapsed() < EVERY) {
            return;
        }
        kept.left = Some(Instant::now());
        let (topic, ends) = (topic.clone(), std::mem::take(&mut kept.ends));
        tokio::spawn(async move {
            if let Err(cause) = blocking(move || commit(&topic, &ends)).await {
                tracing::debug!(%cause, "hints for relays were not left");
            }
        });
    }
}

fn commit(topic: &Topic, ends: &BTreeMap<u16, (i64, u64, u32)>) -> Result<(), BusError> {
    let fail = |cause| unavailable("hints", cause);
    let mut offsets = TopicPartitionList::new();
    for (partition, (end, number, index)) in ends {
        let mut place = offsets.add_partition(&topic.name, i32::from(*partition));
        place.set_offset(Offset::Offset(*end)).map_err(fail)?;
        place.set_metadata(format!("{number}:{index}"));
    }
    topic.reader()?.commit(&offsets, CommitMode::Sync).map_err(fail)
}

/// The hint of a partition that ends at offset `high`.
pub(super) fn find(
    reader: &BaseConsumer<Quiet>,
    topic: &Topic,
    partition: u16,
    high: i64,
) -> Result<Option<Tail>, BusError> {
    let mut asked = TopicPartitionList::new();
    asked.add_partition(&topic.name, i32::from(partition));
    let answer = reader.committed_offsets(asked, ASK).map_err(|cause| unavailable("hints", cause))?;
    let found = answer.elements().into_iter().next().and_then(|place| {
        let (number, index) = place.metadata().split_once(':')?;
        let hint = Tail::Noted { number: number.parse().ok()?, index: index.parse().ok()? };
        // One beyond the end is of another topic of this name.
        matches!(place.offset(), Offset::Offset(end) if end <= high).then_some(hint)
    });
    Ok(found)
}
