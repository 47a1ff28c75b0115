//! A log that has lost a commit.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_domain::{Position, StreamId};
use tidings_eventstore::{Batch, Commit, Head, InsertError, Log, MemoryLog, ReadError, Shape, Slice};
use uuid::Uuid;

pub struct Holed {
    log: MemoryLog,
    lost: Position,
}

impl Holed {
    pub fn new(partitions: u16, lost: Position) -> Self {
        Self { log: MemoryLog::new(partitions), lost }
    }
}

#[async_trait]
impl Log for Holed {
    fn shape(&self) -> Shape {
        self.log.shape()
    }
    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.log.insert(batches).await
    }
    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.log.read_stream(stream, version, limit).await
    }
    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let mut slice = self.log.read_partition(partition, after, limit).await?;
        slice.commits.retain(|commit| commit.position != self.lost);
        Ok(slice)
    }
    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.log.head(partition).await
    }
    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.log.version(stream).await
    }
    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.log.find_command(partition, command).await
    }
}
