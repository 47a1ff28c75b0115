//! A log that sends every insert twice and tells only of the second: what a driver that tries again by itself does.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_domain::StreamId;
use tidings_eventstore::{Batch, Commit, Head, InsertError, Log, MongoLog, ReadError, Shape, Slice};
use uuid::Uuid;

pub(crate) struct Twice(MongoLog);

impl Twice {
    pub(crate) fn new(log: MongoLog) -> Self {
        Self(log)
    }
}

#[async_trait]
impl Log for Twice {
    fn shape(&self) -> Shape {
        self.0.shape()
    }
    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.0.insert(batches).await?;
        self.0.insert(batches).await
    }
    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.0.read_stream(stream, version, limit).await
    }
    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.0.read_partition(partition, after, limit).await
    }
    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.0.head(partition).await
    }
    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.0.version(stream).await
    }
    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.0.find_command(partition, command).await
    }
}
