//! The bus within one process: bounded; a slow subscriber loses the oldest records rather than memory growing.

use async_trait::async_trait;
use tidings_domain::Position;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::{Bus, BusError, Record, Subscriber, Tail};

/// Carries records between tasks of one process, and keeps none.
///
/// Every subscriber gets every partition, whatever its group.
#[derive(Clone, Debug)]
pub struct LocalBus(broadcast::Sender<Record>);

impl LocalBus {
    /// A bus on which each subscriber may lag so many records behind before it loses the oldest.
    pub fn new(capacity: usize) -> Self {
        Self(broadcast::Sender::new(capacity.max(1)))
    }
}

impl Default for LocalBus {
    fn default() -> Self {
        Self::new(16_384)
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        for record in records {
            // No subscriber: nobody misses it.
            let _ = self.0.send(record.clone());
        }
        Ok(())
    }

    async fn tail(&self, _: u16, _: Option<u64>) -> Result<Tail, BusError> {
        Ok(Tail::Forgets)
    }

    async fn subscribe(&self, _: &str) -> Result<Box<dyn Subscriber>, BusError> {
        Ok(Box::new(LocalSubscriber(self.0.subscribe())))
    }
}

struct LocalSubscriber(broadcast::Receiver<Record>);

/// The most records that one call of `next` returns.
const MOST: usize = 1_024;

#[async_trait]
impl Subscriber for LocalSubscriber {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        let first = loop {
            match self.0.recv().await {
                Ok(record) => break record,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Err(BusError::Unavailable("it has stopped".into())),
            }
        };
        let mut records = vec![first];
        while records.len() < MOST {
            match self.0.try_recv() {
                Ok(record) => records.push(record),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Ok(records)
    }

    fn worked(&mut self, _: &[Position]) {}

    fn partitions(&self) -> Option<Vec<u16>> {
        None
    }
}
