//! A bus in memory that keeps what it is given, as a broker does; for tests and simulations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tidings_domain::Position;
use tokio::sync::Notify;

use crate::{Bus, BusError, Record, Subscriber, Tail};

/// Keeps all records of each partition for ever. Cloned handles share one bus. A subscriber gets every
/// partition, from where its group last said it had worked to.
#[derive(Clone, Default)]
pub struct MemoryBus(Arc<Shared>);

#[derive(Default)]
struct Shared {
    kept: Mutex<Kept>,
    more: Notify,
}

#[derive(Default)]
struct Kept {
    partitions: BTreeMap<u16, Vec<Record>>,
    worked: BTreeMap<(String, u16), u64>,
}

impl MemoryBus {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was ever published to a partition, in order, repeats included.
    pub fn records(&self, partition: u16) -> Vec<Record> {
        self.kept().partitions.get(&partition).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        let mut kept = self.kept();
        for record in records {
            kept.partitions.entry(record.position.partition).or_default().push(record.clone());
        }
        drop(kept);
        self.0.more.notify_waiters();
        Ok(())
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        let kept = self.kept();
        let records = kept.partitions.get(&partition).map_or(&[][..], Vec::as_slice);
        let end = before.map_or(records.len(), |before| records.len().min(before as usize));
        let last = records[..end].last();
        Ok(last.map_or(Tail::Empty, |record| Tail::Last { record: record.clone(), place: end as u64 - 1 }))
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        let (bus, group) = (self.clone(), group.to_owned());
        Ok(Box::new(MemorySubscriber { bus, group, next: BTreeMap::new() }))
    }
}

struct MemorySubscriber {
    bus: MemoryBus,
    group: String,
    /// The place of the next record of each partition.
    next: BTreeMap<u16, usize>,
}

/// The most records that one call of `next` returns.
const MOST: usize = 1_024;

impl MemorySubscriber {
    fn ready(&mut self) -> Vec<Record> {
        let kept = self.bus.kept();
        let mut ready = Vec::new();
        for (partition, records) in &kept.partitions {
            let worked = kept.worked.get(&(self.group.clone(), *partition)).copied().unwrap_or(0);
            let first = || records.iter().position(|r| r.position.number > worked).unwrap_or(records.len());
            let next = self.next.entry(*partition).or_insert_with(first);
            let more = records.iter().skip(*next).take(MOST - ready.len());
            let before = ready.len();
            ready.extend(more.cloned());
            *next += ready.len() - before;
        }
        ready
    }
}

#[async_trait]
impl Subscriber for MemorySubscriber {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        let bus = self.bus.clone();
        loop {
            let mut more = std::pin::pin!(bus.0.more.notified());
            more.as_mut().enable();
            let ready = self.ready();
            if !ready.is_empty() {
                return Ok(ready);
            }
            more.await;
        }
    }

    fn worked(&mut self, positions: &[Position]) {
        let mut kept = self.bus.kept();
        for position in positions {
            kept.worked.insert((self.group.clone(), position.partition), position.number);
        }
    }

    fn partitions(&self) -> Option<Vec<u16>> {
        None
    }
}
