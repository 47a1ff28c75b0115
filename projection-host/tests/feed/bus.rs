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

    async fn tail(&self, _: u16) -> Result<Tail, BusError> {
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

    async fn tail(&self, partition: u16) -> Result<Tail, BusError> {
        self.0.tail(partition).await
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        self.0.subscribe(group).await
    }
}
