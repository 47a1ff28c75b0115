//! The log in memory keeps what a log promises.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_eventstore::conformance::Adapter;
use tidings_eventstore::{Log, MemoryLog};

struct Memory;

#[async_trait]
impl Adapter for Memory {
    async fn create(&self, partitions: u16) -> Arc<dyn Log> {
        Arc::new(MemoryLog::new(partitions))
    }
}

tidings_eventstore::conformance!(Memory);
