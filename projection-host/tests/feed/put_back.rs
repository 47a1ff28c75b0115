//! A log of which a partition was put back, and then went its own way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Log, MemoryLog, ReadError, Slice};

/// Tells, once it is put back, of one partition what another log holds.
pub struct PutBack {
    log: MemoryLog,
    other: MemoryLog,
    partition: u16,
    is_put_back: Arc<AtomicBool>,
}

impl PutBack {
    /// The log, and what puts it back.
    pub fn log(partition: u16, other: MemoryLog) -> (Arc<dyn Log>, Arc<AtomicBool>) {
        let log = MemoryLog::new(other.shape().partitions);
        let is_put_back = Arc::new(AtomicBool::new(false));
        (Arc::new(Layered(Self { log, other, partition, is_put_back: is_put_back.clone() })), is_put_back)
    }
}

#[async_trait]
impl Layer for PutBack {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let is_other = partition == self.partition && self.is_put_back.load(Ordering::SeqCst);
        let log = if is_other { &self.other } else { &self.log };
        log.read_partition(partition, after, limit).await
    }
}
