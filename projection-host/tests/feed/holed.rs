//! A log that has lost a commit.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_domain::Position;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Log, MemoryLog, ReadError, Slice};

pub struct Holed {
    log: MemoryLog,
    lost: Position,
}

impl Holed {
    pub fn log(partitions: u16, lost: Position) -> Arc<dyn Log> {
        Arc::new(Layered(Self { log: MemoryLog::new(partitions), lost }))
    }
}

#[async_trait]
impl Layer for Holed {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let mut slice = self.log.read_partition(partition, after, limit).await?;
        slice.commits.retain(|commit| commit.position != self.lost);
        Ok(slice)
    }
}
