//! A log in memory whose answers to one host can be held back.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_domain::StreamId;
use tidings_eventstore::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice};
use tokio::sync::watch;
use uuid::Uuid;

/// While it is held, inserts wait and nothing is stored. Reads go on.
pub struct Held {
    log: Arc<dyn Log>,
    held: watch::Receiver<bool>,
}

impl Held {
    pub fn held(log: Arc<dyn Log>) -> (watch::Sender<bool>, Arc<dyn Log>) {
        let (hold, held) = watch::channel(false);
        (hold, Arc::new(Self { log, held }))
    }

    /// Whether an insert waits.
    pub fn is_waited_for(hold: &watch::Sender<bool>) -> bool {
        hold.receiver_count() > 1
    }
}

#[async_trait]
impl Log for Held {
    fn shape(&self) -> Shape {
        self.log.shape()
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        let _ = self.held.clone().wait_for(|held| !held).await;
        self.log.insert(batches).await
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.log.read_stream(stream, version, limit).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.log.read_partition(partition, after, limit).await
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
