//! The bus as a broker keeps it: for a while, its partitions shared among the members of one group.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tidings_bus::{Bus, BusError, Record, Subscriber, Tail};
use tidings_domain::Position;
use tokio::sync::Notify;

use super::{Topic, same};
use crate::hold;
use crate::stage::Stage;

/// One broker with one topic and one group.
pub(crate) struct Broker {
    kept: Mutex<Kept>,
    more: Notify,
    /// Where a run has a bus on an adapter: what relays publish goes over it, and its tail must be the same.
    topic: Option<Topic>,
}

#[derive(Default)]
struct Kept {
    topics: BTreeMap<u16, Partition>,
    worked: BTreeMap<u16, u64>,
    /// The members that live, and the partitions that each believes to have.
    members: BTreeMap<u64, BTreeSet<u16>>,
    joined: u64,
}

#[derive(Default)]
struct Partition {
    /// The offset of the first record that is kept.
    first: u64,
    records: VecDeque<Record>,
    /// Grows when the topic is made anew.
    topic: u64,
}

/// The most records that one delivery brings.
const MOST: usize = 1_024;

impl Broker {
    pub(crate) fn new(bus: Option<Arc<dyn Bus>>) -> Self {
        Self { kept: Mutex::default(), more: Notify::new(), topic: bus.map(Topic::new) }
    }

    /// A relay's records, as they stand on the topic.
    pub(crate) fn carry(&self, stage: &Stage, records: &[Record]) {
        let carried = match &self.topic {
            None => records.to_vec(),
            Some(topic) => stage.at_once(topic.carry(records)).unwrap_or_else(|why| {
                stage.wrong(format!("the topic does not have what was published: {why}"));
                Vec::new()
            }),
        };
        for record in carried {
            self.publish(record.position.partition, record);
        }
    }

    /// A relay's record, or somebody else's.
    pub(crate) fn publish(&self, partition: u16, record: Record) {
        hold(&self.kept).topics.entry(partition).or_default().records.push_back(record);
        self.more.notify_waiters();
    }

    /// The last record, of those before an offset, that looks like a relay's.
    pub(crate) fn tail(&self, stage: &Stage, partition: u16, before: Option<u64>) -> Tail {
        let tail = self.kept_tail(partition, before);
        let asked = self.topic.as_ref().map(|topic| topic.tail(partition, before));
        same(stage, "the topic's tail", &Ok(tail.clone()), asked);
        tail
    }

    fn kept_tail(&self, partition: u16, before: Option<u64>) -> Tail {
        let kept = hold(&self.kept);
        let Some(topic) = kept.topics.get(&partition) else { return Tail::Empty };
        let before = before.unwrap_or(u64::MAX);
        let places = (topic.first..).zip(&topic.records).take_while(|(place, _)| *place < before);
        let last = places.filter(|(_, record)| looks_like_a_relays(partition, record)).last();
        last.map_or(Tail::Empty, |(place, record)| Tail::Last { record: record.clone(), place })
    }

    /// The oldest records of a partition are gone: so many in a thousand.
    pub(crate) fn forget(&self, partition: u16, permille: u64) {
        let mut kept = hold(&self.kept);
        let Some(topic) = kept.topics.get_mut(&partition) else { return };
        let gone = (topic.records.len() as u64 * permille).div_ceil(1_000);
        topic.first += gone;
        topic.records.drain(..usize::try_from(gone).unwrap_or(usize::MAX).min(topic.records.len()));
    }

    /// The topic is deleted and made anew: nothing is left, and offsets begin at 0.
    pub(crate) fn make_anew(&self) {
        let mut kept = hold(&self.kept);
        for topic in kept.topics.values_mut() {
            *topic = Partition { topic: topic.topic + 1, ..Partition::default() };
        }
        kept.worked.clear();
    }

    /// Shares the partitions out anew. Each member learns of it at a time of its own: meanwhile two may believe to
    /// have a partition, or none.
    pub(crate) fn rebalance(stage: &Arc<Stage>) {
        let members: Vec<u64> = hold(&stage.broker.kept).members.keys().copied().collect();
        let mut shares: BTreeMap<u64, BTreeSet<u16>> =
            members.iter().map(|m| (*m, BTreeSet::new())).collect();
        for partition in 0..stage.plan.partitions {
            let Some(member) = stage.chance.pick(&members) else { return };
            shares.entry(*member).or_default().insert(partition);
        }
        for (member, share) in shares {
            let told = stage.clone();
            stage.later(async move {
                told.note(format_args!("member {member} is given {share:?}"));
                if let Some(has) = hold(&told.broker.kept).members.get_mut(&member) {
                    *has = share;
                }
                told.broker.more.notify_waiters();
            });
        }
    }
}

/// What a bus adapter can tell without the log.
fn looks_like_a_relays(partition: u16, record: &Record) -> bool {
    let position = record.position;
    position.partition == partition && position.number > 0 && record.index < record.count
}

/// One member of the group.
pub(crate) struct Member {
    stage: Arc<Stage>,
    id: u64,
    /// The next offset of each partition, and of which topic.
    next: BTreeMap<u16, (u64, u64)>,
}

impl Member {
    pub(crate) fn join(stage: &Arc<Stage>) -> Self {
        let id = {
            let mut kept = hold(&stage.broker.kept);
            kept.joined += 1;
            let id = kept.joined;
            // The first one need not wait for the others.
            let alone = kept.members.is_empty();
            let all = if alone { (0..stage.plan.partitions).collect() } else { BTreeSet::new() };
            kept.members.insert(id, all);
            id
        };
        Broker::rebalance(stage);
        Self { stage: stage.clone(), id, next: BTreeMap::new() }
    }

    fn ready(&mut self) -> Vec<Record> {
        let kept = hold(&self.stage.broker.kept);
        let has = kept.members.get(&self.id).cloned().unwrap_or_default();
        // Where it is given a partition back, it starts from what the group has worked in.
        self.next.retain(|partition, _| has.contains(partition));
        let mut ready = Vec::new();
        for partition in has {
            let Some(topic) = kept.topics.get(&partition) else { continue };
            let worked = kept.worked.get(&partition).copied().unwrap_or(0);
            let unread = |record: &Record| record.position.number > worked;
            let start = || topic.records.iter().position(unread).unwrap_or(topic.records.len()) as u64;
            let next = self.next.entry(partition).or_insert_with(|| (topic.topic, topic.first + start()));
            if next.0 != topic.topic {
                *next = (topic.topic, 0);
            }
            let from = next.1.saturating_sub(topic.first);
            let records = topic.records.iter().skip(usize::try_from(from).unwrap_or(usize::MAX));
            let before = ready.len();
            ready.extend(records.take(MOST - before).cloned());
            next.1 = topic.first + from + (ready.len() - before) as u64;
        }
        ready
    }
}

#[async_trait]
impl Subscriber for Member {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        let stage = self.stage.clone();
        loop {
            let mut more = std::pin::pin!(stage.broker.more.notified());
            more.as_mut().enable();
            let ready = self.ready();
            if !ready.is_empty() {
                return Ok(ready);
            }
            more.await;
        }
    }

    fn worked(&mut self, positions: &[Position]) {
        let mut kept = hold(&self.stage.broker.kept);
        let has = kept.members.get(&self.id).cloned().unwrap_or_default();
        for position in positions.iter().filter(|position| has.contains(&position.partition)) {
            kept.worked.insert(position.partition, position.number);
        }
    }

    fn partitions(&self) -> Option<Vec<u16>> {
        let kept = hold(&self.stage.broker.kept);
        Some(kept.members.get(&self.id)?.iter().copied().collect())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        hold(&self.stage.broker.kept).members.remove(&self.id);
        if tokio::runtime::Handle::try_current().is_ok() {
            Broker::rebalance(&self.stage);
        }
    }
}
