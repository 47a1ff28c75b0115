//! The relay: follows the log and publishes what it finds. Nothing else publishes.
//!
//! Its checkpoint is the bus's own tail, so it keeps no state that could disagree with it. A restart may
//! repeat records; it never leaves one out. Where several hosts share a log, each publishes what it owns.

mod follower;
mod start;
mod watch;

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tidings_bus::{Bus, BusError};
use tidings_eventstore::{EventStore, ReadError};
use tidings_world::Outage;
use tokio::sync::Notify;

use follower::Follower;

/// How a [`Relay`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most commits that it reads from a partition at a time.
    pub page: usize,
    /// How often it looks for what others appended.
    pub poll: Duration,
    /// How long it waits after a failure, at most; it grows to sixteen times that while it goes on failing.
    pub pause: Duration,
    /// How long the owner of a partition may publish nothing of what is there before this relay does it.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page: 1_000,
            poll: Duration::from_millis(250),
            pause: Duration::from_millis(100),
            patience: Duration::from_secs(5),
        }
    }
}

/// Why something could not be published.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Whether another host is to publish a partition, for all that is known.
type OwnedElsewhere = Arc<dyn Fn(u16) -> bool + Send + Sync>;

/// Publishes a log on a bus.
pub struct Relay {
    store: EventStore,
    bus: Arc<dyn Bus>,
    options: Options,
    owned_elsewhere: Option<OwnedElsewhere>,
}

impl Relay {
    /// A relay from a store to a bus.
    pub fn new(store: EventStore, bus: Arc<dyn Bus>, options: Options) -> Self {
        Self { store, bus, options, owned_elsewhere: None }
    }

    /// Leaves a partition to another host as long as this says that it is to publish it: so that not every relay of a
    /// log publishes all of it. Only a hint. Whatever it says nothing is left out, and what that host does not publish
    /// is published here after a while.
    #[must_use]
    pub fn with_owners(mut self, owned_elsewhere: impl Fn(u16) -> bool + Send + Sync + 'static) -> Self {
        // On a bus of this process alone nobody else publishes.
        self.owned_elsewhere = self.bus.is_open().then(|| Arc::new(owned_elsewhere) as OwnedElsewhere);
        self
    }

    /// Publishes until the future is dropped: each partition by itself, so that while the bus takes the records of
    /// one, those of the next are read.
    pub async fn run(self) {
        let outage = Arc::new(Mutex::new(Outage::new(self.options.pause)));
        let appended = Arc::new(Notify::new());
        let follow = |partition| {
            let (store, bus, elsewhere) =
                (self.store.clone(), self.bus.clone(), self.owned_elsewhere.clone());
            let (appended, outage) = (appended.clone(), outage.clone());
            Follower::new(partition, store, bus, self.options, elsewhere, appended, outage).run()
        };
        let mut followers: FuturesUnordered<_> = (0..self.store.partitions()).map(follow).collect();
        // One waits for the store, and wakes the others in their order: a watch would wake them in any.
        let mut heads = self.store.appended();
        let wake = async {
            while heads.changed().await.is_ok() {
                appended.notify_waiters();
            }
            pending::<()>().await;
        };
        let follow = async { while followers.next().await.is_some() {} };
        tokio::select! { biased;
            () = wake => {}
            () = follow => {}
        }
    }
}
