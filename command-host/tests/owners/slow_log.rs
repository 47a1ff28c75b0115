//! A log in memory whose answers to one host can be held back.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Batch, InsertError, Log};
use tokio::sync::watch;

/// While it is held, inserts wait and nothing is stored. Reads go on.
pub struct Held {
    log: Arc<dyn Log>,
    held: watch::Receiver<bool>,
}

impl Held {
    pub fn held(log: Arc<dyn Log>) -> (watch::Sender<bool>, Arc<dyn Log>) {
        let (hold, held) = watch::channel(false);
        (hold, Arc::new(Layered(Self { log, held })))
    }

    /// Whether an insert waits.
    pub fn is_waited_for(hold: &watch::Sender<bool>) -> bool {
        hold.receiver_count() > 1
    }
}

#[async_trait]
impl Layer for Held {
    fn under(&self) -> Arc<dyn Log> {
        self.log.clone()
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        let _ = self.held.clone().wait_for(|held| !held).await;
        self.log.insert(batches).await
    }
}
