//! One partition's way from the log to the bus.

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, BusError, Record};
use tidings_eventstore::{Commit, EventStore, ReadError, Slice};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::start::{self, Start};
use super::{PublishError, PublishOptions};
use crate::Progress;

/// How long it rests before a bus that failed is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// One partition, and how far it is.
pub(super) struct Partition {
    pub(super) partition: u16,
    /// Its last commit at the start.
    pub(super) end: u64,
    pub(super) store: EventStore,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) options: Arc<PublishOptions>,
    pub(super) told: mpsc::UnboundedSender<Progress>,
    pub(super) events: u64,
}

impl Partition {
    /// Publishes it up to its end; tells how many events, and whether the bus had some of it.
    pub(super) async fn publish(mut self) -> Result<(u64, bool), PublishError> {
        let (Start { mut after, mut skip }, had) = self.start().await?;
        self.tell(after);
        let mut commits = self.read(after).await?;
        while let Some(last) = commits.last() {
            after = last.position.number;
            let records = self.records(&commits, skip);
            skip = 0;
            // The next are read while these are on their way.
            let (published, next) = tokio::join!(self.hand_over(&records), self.read(after));
            published?;
            self.events += records.len() as u64;
            self.tell(after);
            commits = next?;
        }
        Ok((self.events, had))
    }

    /// Where it begins, and whether that is behind what the bus has. That has to be of this log, wherever it begins.
    async fn start(&self) -> Result<(Start, bool), PublishError> {
        let named = self.options.from.iter().find(|from| from.partition == self.partition);
        let from = Start { after: named.map_or(0, |from| from.number.saturating_sub(1)), skip: 0 };
        let since = Instant::now();
        loop {
            match start::behind_the_last(&self.store, &*self.bus, self.partition).await {
                // As of a topic that was made a moment ago.
                Err(PublishError::Bus(error)) => self.is_patient(since, error).await?,
                behind => match behind? {
                    behind if self.options.goes_on && behind > from => return Ok((behind, true)),
                    _ => return Ok((from, false)),
                },
            }
        }
    }

    /// Rests, where the bus may work later and is not out of time.
    async fn is_patient(&self, since: Instant, error: BusError) -> Result<(), BusError> {
        match error {
            BusError::Unavailable(_) if since.elapsed() < self.options.patience => {
                sleep(PAUSE.min(self.options.patience)).await;
                Ok(())
            }
            error => Err(error),
        }
    }

    async fn read(&self, after: u64) -> Result<Vec<Arc<Commit>>, ReadError> {
        let left = usize::try_from(self.end.saturating_sub(after)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(Vec::new());
        }
        let limit = self.options.page.clamp(1, left);
        let Slice { commits, .. } = self.store.read_partition(self.partition, after, limit).await?;
        Ok(commits)
    }

    /// The records of the wanted events, but for the first `skip` events of the first commit.
    fn records(&self, commits: &[Arc<Commit>], skip: u32) -> Vec<Record> {
        let all = commits.iter().flat_map(|commit| commit.recorded()).skip(skip as usize);
        let types = &self.options.types;
        all.filter(|event| types.is_empty() || types.contains(&*event.event.name)).map(Arc::new).collect()
    }

    /// Publishes until the bus has confirmed all: where it failed it may have taken some, and gets them again.
    async fn hand_over(&self, records: &[Record]) -> Result<(), BusError> {
        let since = Instant::now();
        while !records.is_empty() {
            match self.bus.publish(records).await {
                Ok(()) => break,
                Err(error) => self.is_patient(since, error).await?,
            }
        }
        Ok(())
    }

    fn tell(&self, done: u64) {
        // Who no longer listens needs not be told.
        let _ = self.told.send(Progress {
            work: "publish",
            partition: self.partition,
            done,
            of: self.end.max(done),
        });
    }
}
