//! A log that sends every insert twice and tells only of the second: what a driver that tries again by itself does.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Batch, InsertError, Log, MongoLog};

pub(crate) struct Twice(MongoLog);

impl Twice {
    pub(crate) fn over(log: MongoLog) -> Layered<Self> {
        Layered(Self(log))
    }
}

#[async_trait]
impl Layer for Twice {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.0.clone())
    }
    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.0.insert(batches).await?;
        self.0.insert(batches).await
    }
}
