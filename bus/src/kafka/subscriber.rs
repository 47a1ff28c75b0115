//! One member of a consumer group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::Offset;
use rdkafka::{ClientContext, TopicPartitionList};
use tidings_domain::Position;
use tokio::time::Instant;

use super::config::ASK;
use super::error::{blocking, no_client, unavailable};
use super::offsets::Offsets;
use super::retiring::Retiring;
use super::{Topic, config, context, decode};
use crate::{BusError, Record, Strange, Subscriber};

/// The most records that one call of `next` returns.
const MOST: usize = 1_024;

/// How often offsets are committed, at most.
const COMMIT: Duration = Duration::from_secs(1);

pub(super) struct KafkaSubscriber {
    topic: Topic,
    source: String,
    group: String,
    consumer: Retiring<StreamConsumer<Member>>,
    offsets: Offsets,
    committed: Instant,
    /// What went wrong behind records that were handed out.
    failed: Option<KafkaError>,
    /// What came and is not ours, until somebody asks.
    strange: BTreeMap<(u16, String), Strange>,
}

impl KafkaSubscriber {
    /// Joins a group. One that was never here starts at the topic's end: what is before it is read faster from the
    /// log.
    pub(super) async fn join(topic: &Topic, group: &str) -> Result<Self, BusError> {
        // Of the topic too: a member of another topic's group that hangs is nobody that this one waits for.
        let group = format!("{}-{group}", topic.name);
        let (asked, named) = (topic.clone(), group.clone());
        blocking(move || start_at_the_end(&asked, &named)).await?;
        Ok(Self {
            consumer: Retiring::new(consumer(topic, &group)?),
            topic: topic.clone(),
            source: topic.source(),
            group,
            offsets: Offsets::default(),
            committed: Instant::now(),
            failed: None,
            strange: BTreeMap::new(),
        })
    }

    /// Takes what has come; whether there was anything, ours or not.
    async fn receive(&mut self) -> Result<Vec<Record>, KafkaError> {
        let mut batch = Batch::default();
        batch.take(&self.consumer.recv().await?, &self.source);
        // From here on nothing waits, so nothing is lost where the future is dropped.
        while batch.taken < MOST {
            match self.consumer.recv().now_or_never() {
                Some(Ok(message)) => batch.take(&message, &self.source),
                Some(Err(cause)) => {
                    self.failed = Some(cause);
                    break;
                }
                None => break,
            }
        }
        for (partition, (number, end)) in batch.ends {
            self.offsets.handed_out(partition, number, end);
        }
        for (partition, place, cause) in batch.strange {
            let fresh = || Strange { partition, cause: cause.clone(), first: place, last: place, count: 0 };
            let strange = self.strange.entry((partition, cause.clone())).or_insert_with(fresh);
            (strange.last, strange.count) = (place, strange.count + 1);
        }
        Ok(batch.records)
    }

    fn fail(&mut self, cause: KafkaError) -> BusError {
        if let KafkaError::MessageConsumptionFatal(_) = cause
            && let Ok(fresh) = consumer(&self.topic, &self.group)
        {
            self.consumer = Retiring::new(fresh);
        }
        unavailable("no records come", cause)
    }

    fn commit(&self, ready: BTreeMap<u16, i64>) {
        let mut offsets = TopicPartitionList::new();
        for (partition, end) in ready {
            // Only a hint: where it is not left, a successor gets some records again.
            let _ = offsets.add_partition_offset(&self.topic.name, i32::from(partition), Offset::Offset(end));
        }
        if offsets.count() > 0 {
            let _ = self.consumer.commit(&offsets, CommitMode::Async);
        }
    }
}

#[async_trait]
impl Subscriber for KafkaSubscriber {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        if let Some(cause) = self.failed.take() {
            return Err(self.fail(cause));
        }
        loop {
            match self.receive().await {
                Ok(records) if records.is_empty() => tokio::task::yield_now().await,
                Ok(records) => return Ok(records),
                Err(cause) => return Err(self.fail(cause)),
            }
        }
    }

    fn worked(&mut self, positions: &[Position]) {
        let mine = self.partitions().unwrap_or_default();
        for Position { partition, number } in positions {
            match mine.contains(partition) {
                true => self.offsets.worked(*partition, *number),
                false => self.offsets.forget(*partition),
            }
        }
        if self.committed.elapsed() >= COMMIT {
            self.committed = Instant::now();
            let ready = self.offsets.take();
            self.commit(ready);
        }
    }

    fn strange(&mut self) -> Vec<Strange> {
        std::mem::take(&mut self.strange).into_values().collect()
    }

    fn partitions(&self) -> Option<Vec<u16>> {
        self.consumer.context().partitions()
    }
}

fn consumer(topic: &Topic, group: &str) -> Result<StreamConsumer<Member>, BusError> {
    let consumer: StreamConsumer<Member> =
        config::consumer(&topic.servers, group).create_with_context(Member::default()).map_err(no_client)?;
    consumer.subscribe(&[&topic.name]).map_err(|cause| unavailable("joining the group", cause))?;
    Ok(consumer)
}

/// Where the group left no offset, its start is the end as it is now, so that nothing is missed from here on.
fn start_at_the_end(topic: &Topic, group: &str) -> Result<(), BusError> {
    let fail = |cause| unavailable("where the group stands", cause);
    let asker: BaseConsumer<context::Quiet> =
        config::consumer(&topic.servers, group).create_with_context(context::Quiet).map_err(no_client)?;
    let mut asked = TopicPartitionList::new();
    asked.add_partition_range(&topic.name, 0, i32::from(topic.partitions) - 1);
    let known = committed(&asker, &asked).map_err(fail)?;
    let mut starts = TopicPartitionList::new();
    for place in known.elements().iter().filter(|place| place.offset() == Offset::Invalid) {
        let (_, end) = asker.fetch_watermarks(&topic.name, place.partition(), ASK).map_err(fail)?;
        starts.add_partition_offset(&topic.name, place.partition(), Offset::Offset(end)).map_err(fail)?;
    }
    if starts.count() > 0
        && let Err(cause) = asker.commit(&starts, CommitMode::Sync)
    {
        // The group has members already, and they have set it.
        tracing::debug!(%cause, "the group's start was not set");
    }
    Ok(())
}

/// The offsets that a group left. A cluster that never had a group needs a moment for its first.
fn committed(
    asker: &BaseConsumer<context::Quiet>,
    asked: &TopicPartitionList,
) -> Result<TopicPartitionList, KafkaError> {
    let started = Instant::now();
    loop {
        match asker.committed_offsets(asked.clone(), ASK) {
            Err(_) if started.elapsed() < ASK => std::thread::sleep(Duration::from_millis(100)),
            answer => return answer,
        }
    }
}

/// Records that are handed out together.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    /// How many were taken, ours or not.
    taken: usize,
    /// Of each partition the highest commit, and the offset after the last record.
    ends: BTreeMap<u16, (u64, i64)>,
    /// What is not ours: the partition, the offset, and why.
    strange: Vec<(u16, u64, String)>,
}

impl Batch {
    fn take(&mut self, message: &BorrowedMessage<'_>, source: &str) {
        self.taken += 1;
        let Ok(partition) = u16::try_from(message.partition()) else { return };
        let (number, end) = self.ends.entry(partition).or_default();
        *end = message.offset() + 1;
        match decode::record(message, source) {
            Ok(record) => {
                *number = record.position.number.max(*number);
                self.records.push(record);
            }
            Err(cause) => self.strange.push((partition, message.offset().unsigned_abs(), cause)),
        }
    }
}

/// What a member of the group is given.
#[derive(Default)]
struct Member {
    /// None before the group has given it anything, or told it that there is nothing for it.
    given: Mutex<Option<BTreeSet<u16>>>,
}

impl Member {
    fn partitions(&self) -> Option<Vec<u16>> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.as_ref().map(|given| given.iter().copied().collect())
    }
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        context::log(level, fac, message);
    }

    fn error(&self, cause: KafkaError, reason: &str) {
        context::error(&cause, reason);
    }
}

impl ConsumerContext for Member {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |list: &TopicPartitionList| -> Vec<u16> {
            list.elements().iter().filter_map(|place| u16::try_from(place.partition()).ok()).collect()
        };
        match rebalance {
            Rebalance::Assign(more) => given.get_or_insert_default().extend(of(more)),
            Rebalance::Revoke(less) => {
                let less = of(less);
                given.get_or_insert_default().retain(|partition| !less.contains(partition));
            }
            Rebalance::Error(_) => {}
        }
    }
}
