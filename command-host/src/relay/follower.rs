//! The relay of one partition.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidings_bus::{Bus, Record};
use tidings_eventstore::{EventStore, Slice};
use tidings_world::Outage;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout_at};

use super::start::{self, Published};
use super::{Options, RelayError};

pub(super) struct Follower {
    partition: u16,
    store: EventStore,
    bus: Arc<dyn Bus>,
    options: Options,
    published: Option<Published>,
    /// Wakes when this process has appended.
    appended: Arc<Notify>,
    /// Of all partitions.
    outage: Arc<Mutex<Outage>>,
}

impl Follower {
    pub(super) fn new(
        partition: u16,
        store: EventStore,
        bus: Arc<dyn Bus>,
        options: Options,
        appended: Arc<Notify>,
        outage: Arc<Mutex<Outage>>,
    ) -> Self {
        Self { partition, store, bus, options, published: None, appended, outage }
    }

    pub(super) async fn run(mut self) -> Infallible {
        let heads = self.store.appended();
        loop {
            match self.publish_next().await {
                Ok(more) => {
                    self.works();
                    match more {
                        true => tokio::task::yield_now().await,
                        false => self.rest(&heads).await,
                    }
                }
                Err(cause) => {
                    // What was taken of a failed publish only the bus knows.
                    self.published = None;
                    self.pause(cause).await;
                }
            }
        }
    }

    /// Publishes what comes next, if there is anything; whether there may be more.
    async fn publish_next(&mut self) -> Result<bool, RelayError> {
        let done = match self.published {
            Some(done) => done,
            None => start::find(&self.store, &*self.bus, self.partition).await?,
        };
        self.published = Some(done);
        // What this process has just appended need not be read back.
        let recent = self.store.recent(self.partition, done.number, self.options.page);
        let Slice { commits, end } = match recent.is_empty() {
            true => self.store.read_partition(self.partition, done.number, self.options.page).await?,
            false => Slice { end: recent.len() < self.options.page, commits: recent },
        };
        let Some(last) = commits.last() else { return Ok(false) };
        let all = commits.iter().flat_map(|commit| commit.recorded());
        let records: Vec<Record> = all.skip(done.events as usize).map(Arc::new).collect();
        self.bus.publish(&records).await?;
        self.published = Some(Published { number: last.position.number, events: 0 });
        Ok(!end)
    }

    /// Waits until this process has appended to the partition, or it is time to look for what others did.
    async fn rest(&self, heads: &watch::Receiver<Vec<u64>>) {
        let next_look = Instant::now() + self.options.poll;
        let published = self.published.map_or(0, |done| done.number);
        loop {
            let appended = self.appended.notified();
            if heads.borrow()[usize::from(self.partition)] > published {
                return;
            }
            if timeout_at(next_look, appended).await.is_err() {
                return;
            }
        }
    }

    async fn pause(&self, cause: RelayError) {
        let again = self.outage().failed(self.partition, &**self.store.world());
        if again.say {
            tracing::warn!(%cause, partition = self.partition, "nothing is published; trying until it works again");
        }
        sleep(again.after).await;
    }

    fn works(&self) {
        if self.outage().over(self.partition) {
            tracing::warn!("publishing works again");
        }
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
