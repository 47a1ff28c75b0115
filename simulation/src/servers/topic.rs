//! A topic of a bus on an adapter, over which the broker's records go.

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, BusError, Record, Subscriber, Tail};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// What relays publish to, with somebody who reads all of it.
pub(crate) struct Topic {
    bus: Arc<dyn Bus>,
    reader: Mutex<Option<Box<dyn Subscriber>>>,
}

/// How long the reader waits for what was published, in time that goes.
const PATIENCE: Duration = Duration::from_secs(30);

impl Topic {
    pub(crate) fn new(bus: Arc<dyn Bus>) -> Self {
        Self { bus, reader: Mutex::default() }
    }

    /// Publishes records, and reads what then stands behind what was read before: the same, partition by partition.
    pub(crate) async fn carry(&self, records: &[Record]) -> Result<Vec<Record>, BusError> {
        let mut reader = self.reader.lock().await;
        let reader = match &mut *reader {
            Some(reader) => reader,
            // Before the first record, so that it misses none.
            none => none.insert(self.bus.subscribe("simulated").await?),
        };
        self.bus.publish(records).await?;
        let mut found = Vec::new();
        while found.len() < records.len() {
            let missing = records.len() - found.len();
            let late = |_| BusError::Unavailable(format!("{missing} of what was published never came"));
            found.extend(timeout(PATIENCE, reader.next()).await.map_err(late)??);
        }
        let mut published = records.to_vec();
        for all in [&mut published, &mut found] {
            all.sort_by_key(|record| record.position.partition);
        }
        match published.iter().zip(&found).find(|(published, found)| published != found) {
            None if published.len() == found.len() => Ok(found),
            differs => Err(BusError::Unavailable(format!(
                "{} were published and {} came; the first that differ are {differs:?}",
                published.len(),
                found.len()
            ))),
        }
    }

    pub(crate) async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.bus.tail(partition, before).await
    }
}
