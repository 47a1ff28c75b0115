//! The bus as one host has it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tidings_bus::{Bus, BusError, MemoryBus, Record, Subscriber, Tail};

/// A bus that others may publish on too, as one host has it: remembers what that host published.
#[derive(Clone, Default)]
pub struct Own {
    bus: MemoryBus,
    published: Arc<Mutex<Vec<Record>>>,
    alone: bool,
}

impl Own {
    pub fn on(bus: &MemoryBus) -> Self {
        Self { bus: bus.clone(), ..Self::default() }
    }

    /// Where nobody else may publish.
    pub fn alone_on(bus: &MemoryBus) -> Self {
        Self { alone: true, ..Self::on(bus) }
    }

    /// Partition and number of what this host published, in order.
    pub fn published(&self) -> Vec<(u16, u64)> {
        places(&self.published.lock().unwrap())
    }
}

/// Partition and number of each record.
pub fn places(records: &[Record]) -> Vec<(u16, u64)> {
    records.iter().map(|record| (record.position.partition, record.position.number)).collect()
}

#[async_trait]
impl Bus for Own {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        self.published.lock().unwrap().extend_from_slice(records);
        self.bus.publish(records).await
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.bus.tail(partition, before).await
    }

    fn is_open(&self) -> bool {
        !self.alone
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        self.bus.subscribe(group).await
    }
}
