//! The last record of ours in a partition of the topic, whatever others wrote after it.

use std::time::Instant;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;

use super::config::ASK;
use super::context::Quiet;
use super::error::{blocking, unavailable};
use super::{Topic, decode, hint};
use crate::{BusError, Tail};

/// How many of the last records are looked at first; then ever more, up to the most.
const FIRST_LOOK: i64 = 16;
const MOST: i64 = 65_536;

/// The last of our records, of those before the offsets `before` and `cut` where there are such; and where the
/// partition ends.
pub(super) async fn read(
    topic: &Topic,
    partition: u16,
    before: Option<u64>,
    cut: Option<i64>,
) -> Result<(Tail, i64), BusError> {
    let topic = topic.clone();
    let before = before.and_then(|before| i64::try_from(before).ok());
    blocking(move || {
        let reader = topic.reader()?;
        let (low, high) = reader
            .fetch_watermarks(&topic.name, i32::from(partition), ASK)
            .map_err(|cause| unavailable("the topic's end", cause))?;
        let end = [before, cut].into_iter().flatten().fold(high, i64::min);
        let (mut to, mut look) = (end, FIRST_LOOK);
        while to > low && end - to < MOST {
            let from = low.max(end - look);
            if let Some(last) = last_within(&reader, &topic, partition, from, to)? {
                return Ok((last, high));
            }
            (to, look) = (from, look * 8);
        }
        // A partition that begins at 0 has lost nothing: it is new, and a hint would be of one that was deleted.
        let expired = low > 0 && cut.is_none();
        let hint = if expired { hint::find(&reader, &topic, partition, high)? } else { None };
        Ok((hint.unwrap_or(Tail::Empty), high))
    })
    .await
}

/// The last of our records at offsets from `from` to before `to`, as a tail.
fn last_within(
    reader: &BaseConsumer<Quiet>,
    topic: &Topic,
    partition: u16,
    from: i64,
    to: i64,
) -> Result<Option<Tail>, BusError> {
    let fail = |cause| unavailable("the topic's last records", cause);
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(&topic.name, i32::from(partition), Offset::Offset(from)).map_err(fail)?;
    reader.assign(&place).map_err(fail)?;
    let (source, started) = (topic.source(), Instant::now());
    let (mut last, mut gone) = (None, None);
    while let Some(left) = ASK.checked_sub(started.elapsed()) {
        match reader.poll(left) {
            Some(Ok(message)) => {
                if message.offset() < to {
                    let place = message.offset().cast_unsigned();
                    let tail =
                        decode::record(&message, &source).ok().map(|record| Tail::Last { record, place });
                    last = tail.or(last);
                }
                if message.offset() >= to - 1 {
                    return Ok(last);
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(last),
            // The client looks for brokers by itself, and goes on where it was.
            Some(Err(cause)) if is_of_the_connection(&cause) => gone = Some(cause),
            Some(Err(cause)) => return Err(fail(cause)),
            None => {}
        }
    }
    Err(gone.map_or_else(|| unavailable("the topic's last records", "no answer in time"), fail))
}

/// Whether it says of brokers that they cannot be reached, which may be over in a moment.
fn is_of_the_connection(cause: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure};
    matches!(cause, KafkaError::MessageConsumption(AllBrokersDown | BrokerTransportFailure))
}
