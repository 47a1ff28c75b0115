//! The relay of one partition.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidings_bus::{Bus, Record};
use tidings_eventstore::{EventStore, Slice};
use tidings_world::Outage;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout_at};

use super::start::{self, Published};
use super::watch::Watch;
use super::{Options, OwnedElsewhere, RelayError};

pub(super) struct Follower {
    partition: u16,
    store: EventStore,
    bus: Arc<dyn Bus>,
    options: Options,
    owned_elsewhere: Option<OwnedElsewhere>,
    published: Option<Published>,
    watch: Watch,
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
        owned_elsewhere: Option<OwnedElsewhere>,
        appended: Arc<Notify>,
        outage: Arc<Mutex<Outage>>,
    ) -> Self {
        let (published, watch) = (None, Watch::default());
        Self { partition, store, bus, options, owned_elsewhere, published, watch, appended, outage }
    }

    pub(super) async fn run(mut self) -> Infallible {
        let heads = self.store.appended();
        loop {
            let elsewhere = self.owned_elsewhere.as_ref().is_some_and(|elsewhere| elsewhere(self.partition));
            match elsewhere {
                // What is published from now on only the bus knows.
                true => self.published = None,
                false => self.watch = Watch::default(),
            }
            if elsewhere && !self.watch.is_due(self.options.patience) {
                sleep(self.options.poll).await;
                continue;
            }
            let done = match elsewhere {
                true => self.watch_owner().await.map(|()| false),
                false => self.publish_next().await,
            };
            match done {
                Ok(more) => {
                    self.works();
                    match more {
                        true => tokio::task::yield_now().await,
                        false => self.rest(&heads).await,
                    }
                }
                Err(cause) => {
                    // What was taken of a failed publish only the bus knows. And while it fails nobody is idle.
                    (self.published, self.watch) = (None, Watch::default());
                    self.pause(cause).await;
                }
            }
        }
    }

    /// Looks whether the owner publishes; where it does not, this does. The lease says that it lives, and not that it
    /// reaches the bus.
    async fn watch_owner(&mut self) -> Result<(), RelayError> {
        let head = self.store.head(self.partition).await?.number;
        if self.watch.saw_all(head) {
            return Ok(());
        }
        let published = start::find(&self.store, &*self.bus, self.partition).await?;
        if self.watch.stands_still(head, published) {
            if self.watch.say() {
                tracing::warn!(
                    partition = self.partition,
                    "its owner publishes nothing; it is published here"
                );
            }
            self.published = Some(published);
            while self.publish_next().await? {}
        }
        Ok(())
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
        let again = self.outage().failed(self.partition, cause, &**self.store.world());
        if let Some(cause) = again.say {
            tracing::warn!(%cause, partition = self.partition, "nothing is published; trying until it works again");
        }
        sleep(again.after).await;
    }

    fn works(&self) {
        let over = self.outage().over(self.partition);
        if let Some(after) = over {
            tracing::warn!("publishing works again {after}");
        }
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
