//! Follows the log: by the bus where it delivers, by the store where it does not.
//!
//! The bus makes it fast, positions make it right. What the bus repeats is dropped; a hole it leaves is read
//! from the store at once; its silence is held against the store every so often, so a bus that is down costs
//! latency and nothing else.

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, BusError, Record, Subscriber};
use tidings_domain::Position;
use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{Projector, ProjectorError, ReadModelError};
use tidings_world::Handle;
use tokio::time::{Instant, timeout_at};

use crate::Inbox;

/// How a [`Feed`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How often the bus is held against the store: the most by which a bus that is down delays a read model.
    pub check: Duration,
    /// The most commits that it reads from a partition at a time.
    pub page: usize,
    /// How long it waits after a failure.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { check: Duration::from_millis(250), page: 1_000, pause: Duration::from_millis(100) }
    }
}

/// Keeps one group of projections up to date.
pub struct Feed {
    store: EventStore,
    bus: Arc<dyn Bus>,
    projector: Projector,
    world: Handle,
    options: Options,
    inboxes: Vec<Inbox>,
    /// When the bus is next held against the store.
    next_check: Instant,
    /// When the read model is next asked where it stands.
    next_reload: Instant,
}

/// How often the read model is asked where it stands: it may have been switched to a generation that stands
/// earlier, and a quiet log would not show it.
const RELOAD: Duration = Duration::from_secs(1);

/// Why a round of the feed failed; the next may not.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    #[error(transparent)]
    Projector(#[from] ProjectorError),
}

/// The read model and the log do not belong together, or one of them does not answer.
#[derive(Debug, thiserror::Error)]
pub enum StrangerError {
    /// The read model has seen what is not in the log.
    #[error(
        "the read model has seen commit {seen} of partition {partition}, but the log ends at {head}: it was made \
         from another log, or the log was lost or brought back from a backup; build the read model anew from this \
         log with `replay rebuild`, or bring back the log that it was made from"
    )]
    Ahead {
        /// The partition.
        partition: u16,
        /// The last commit that the read model has seen.
        seen: u64,
        /// The last commit of the log.
        head: u64,
    },
    /// The log does not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Feed {
    /// Whether the read model can be of this log: it would else show what never happened, and leave out what did.
    ///
    /// # Errors
    /// Where it is ahead of the log, or the log does not answer.
    pub async fn check_origin(&self) -> Result<(), StrangerError> {
        for (partition, seen) in (0u16..).zip(self.projector.checkpoint().numbers.iter().copied()) {
            let head = self.store.head(partition).await?.number;
            if seen > head {
                return Err(StrangerError::Ahead { partition, seen, head });
            }
        }
        Ok(())
    }

    /// A feed from a store and a bus to a projector.
    pub fn new(
        store: EventStore,
        bus: Arc<dyn Bus>,
        projector: Projector,
        world: Handle,
        options: Options,
    ) -> Self {
        let now = Instant::now();
        Self { store, bus, projector, world, options, inboxes: Vec::new(), next_check: now, next_reload: now }
    }

    /// Projects until the future is dropped. Whatever fails is tried again.
    pub async fn run(mut self) {
        loop {
            let Err(cause) = self.follow().await;
            tracing::warn!(%cause, "projecting failed; trying again");
            tokio::time::sleep(self.options.pause).await;
        }
    }

    /// From the checkpoint on, until something fails.
    async fn follow(&mut self) -> Result<std::convert::Infallible, FeedError> {
        // Joined first, so that what is published while the store is read is not missed.
        let mut subscriber = self.bus.subscribe(self.projector.group().name).await?;
        self.projector.reload().await?;
        self.inboxes = self.projector.checkpoint().numbers.iter().copied().map(Inbox::after).collect();
        (self.next_check, self.next_reload) = (Instant::now(), Instant::now() + RELOAD);
        loop {
            // However busy the bus is: what it leaves out is only found by looking.
            if Instant::now() >= self.next_check {
                self.check().await?;
            } else if let Ok(records) = timeout_at(self.next_check, subscriber.next()).await {
                self.deliver(records?).await?;
            }
            self.tell_worked(&mut *subscriber);
        }
    }

    /// Holds the bus against the store, and what is known of the read model against the read model.
    async fn check(&mut self) -> Result<(), FeedError> {
        self.next_check = Instant::now() + self.options.check;
        if Instant::now() >= self.next_reload {
            self.next_reload = Instant::now() + RELOAD;
            self.projector.reload().await?;
            self.rewind();
        }
        for partition in 0..self.store.partitions() {
            self.refill(partition).await?;
        }
        Ok(())
    }

    /// Goes back to where the read model stands, in every partition in which it stands earlier.
    fn rewind(&mut self) {
        for (inbox, number) in self.inboxes.iter_mut().zip(&self.projector.checkpoint().numbers) {
            if inbox.seen() > *number {
                *inbox = Inbox::after(*number);
            }
        }
    }

    /// Takes what the bus brought, and reads from the store what it left out.
    async fn deliver(&mut self, records: Vec<Record>) -> Result<(), FeedError> {
        let mut holes = Vec::new();
        for record in records {
            if let Some(inbox) = self.inboxes.get_mut(usize::from(record.position.partition)) {
                inbox.put(record);
            }
        }
        let mut ready = Vec::new();
        for (partition, inbox) in (0u16..).zip(&mut self.inboxes) {
            ready.extend(inbox.take());
            if inbox.has_hole() {
                holes.push(partition);
            }
        }
        self.project(&ready).await?;
        for partition in holes {
            self.refill(partition).await?;
        }
        Ok(())
    }

    /// Reads a partition from the store, to its end.
    async fn refill(&mut self, partition: u16) -> Result<(), FeedError> {
        loop {
            let inbox = &mut self.inboxes[usize::from(partition)];
            let slice = self.store.read_partition(partition, inbox.seen(), self.options.page).await?;
            if let Some(last) = slice.commits.last() {
                inbox.skip_to(last.position.number);
                let records: Vec<Record> =
                    slice.commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect();
                self.project(&records).await?;
            }
            if slice.end {
                return Ok(());
            }
        }
    }

    /// Applies contiguous commits. Where the read model stands elsewhere, it is gone on from there.
    async fn project(&mut self, records: &[Record]) -> Result<(), FeedError> {
        if records.is_empty() {
            return Ok(());
        }
        match self.projector.apply(records, self.world.now()).await {
            Ok(()) => {
                for (inbox, number) in self.inboxes.iter_mut().zip(&self.projector.checkpoint().numbers) {
                    inbox.skip_to(*number);
                }
            }
            // The read model went back, to an older generation, of which nothing of these may be known: what is
            // missing is read from the store next.
            Err(ProjectorError::Hole { .. }) => {
                self.rewind();
                self.next_check = Instant::now();
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn tell_worked(&self, subscriber: &mut dyn Subscriber) {
        let positions: Vec<Position> =
            (0u16..).zip(&self.inboxes).map(|(p, inbox)| Position::new(p, inbox.seen())).collect();
        subscriber.worked(&positions);
    }
}
