//! Buses that do what buses may do.

use async_trait::async_trait;
use tidings_bus::{Bus, BusError, MemoryBus, Record, Subscriber, Tail};
use tidings_domain::Position;

/// Takes everything and brings nothing.
pub struct DeadBus;

#[async_trait]
impl Bus for DeadBus {
    async fn publish(&self, _: &[Record]) -> Result<(), BusError> {
        Ok(())
    }

    async fn tail(&self, _: u16, _: Option<u64>) -> Result<Tail, BusError> {
        Ok(Tail::Forgets)
    }

    async fn subscribe(&self, _: &str) -> Result<Box<dyn Subscriber>, BusError> {
        Ok(Box::new(DeadBus))
    }
}

#[async_trait]
impl Subscriber for DeadBus {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        std::future::pending().await
    }

    fn worked(&mut self, _: &[Position]) {}

    fn partitions(&self) -> Option<Vec<u16>> {
        None
    }
}

/// Brings every record twice, each lot backwards.
pub struct RepeatingBus(pub MemoryBus);

#[async_trait]
impl Bus for RepeatingBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        let twice: Vec<Record> = records.iter().rev().chain(records).cloned().collect();
        self.0.publish(&twice).await
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.0.tail(partition, before).await
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        self.0.subscribe(group).await
    }
}

/// Nobody gets on it, or hears a thing.
pub struct AwayBus;

#[async_trait]
impl Bus for AwayBus {
    async fn publish(&self, _: &[Record]) -> Result<(), BusError> {
        Err(away())
    }

    async fn tail(&self, _: u16, _: Option<u64>) -> Result<Tail, BusError> {
        Err(away())
    }

    async fn subscribe(&self, _: &str) -> Result<Box<dyn Subscriber>, BusError> {
        Err(away())
    }
}

fn away() -> BusError {
    BusError::Unavailable("nobody answers".into())
}

/// One on which a member was given only some partitions.
pub struct SharedBus(pub MemoryBus, pub Vec<u16>);

#[async_trait]
impl Bus for SharedBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        self.0.publish(records).await
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.0.tail(partition, before).await
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        Ok(Box::new(Share(self.0.subscribe(group).await?, self.1.clone())))
    }
}

struct Share(Box<dyn Subscriber>, Vec<u16>);

#[async_trait]
impl Subscriber for Share {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        let mut records = self.0.next().await?;
        records.retain(|record| self.1.contains(&record.position.partition));
        Ok(records)
    }

    fn worked(&mut self, _: &[Position]) {}

    fn partitions(&self) -> Option<Vec<u16>> {
        Some(self.1.clone())
    }
}

/// One on which somebody else puts records that look like ours: before each of ours, one of the same place that says
/// something else; and now and then one of a commit that will never be.
pub struct OpenBus(pub MemoryBus);

#[async_trait]
impl Bus for OpenBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        let mut mixed = Vec::new();
        for record in records {
            let mut forged = (**record).clone();
            forged.event.data = forged.event.data.replace("hello", "never said");
            let mut beyond = forged.clone();
            beyond.position.number += 1_000_000;
            mixed.extend([forged, beyond].map(std::sync::Arc::new));
            // The first of them comes too late.
            if record.position.number > 1 {
                mixed.push(record.clone());
            }
        }
        self.0.publish(&mixed).await
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.0.tail(partition, before).await
    }

    fn is_open(&self) -> bool {
        true
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        self.0.subscribe(group).await
    }
}
