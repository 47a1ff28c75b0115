//! The relay: follows the log and publishes what it finds. Nothing else publishes.
//!
//! Its checkpoint is the bus's own tail, so it keeps no state that could disagree with it. A restart may
//! repeat records; it never leaves one out.

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, BusError, Record, Tail};
use tidings_eventstore::{EventStore, ReadError, Slice};
use tokio::time::{Instant, sleep_until, timeout_at};

/// How a [`Relay`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most commits that it reads from a partition at a time.
    pub page: usize,
    /// How often it looks for what others appended.
    pub poll: Duration,
    /// How long it waits after a failure.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { page: 1_000, poll: Duration::from_millis(250), pause: Duration::from_millis(100) }
    }
}

/// Publishes a log on a bus.
pub struct Relay {
    store: EventStore,
    bus: Arc<dyn Bus>,
    options: Options,
    /// What was published of each partition: all events of all commits up to `number`, and `events` of the next.
    published: Vec<Option<Published>>,
}

#[derive(Clone, Copy)]
struct Published {
    number: u64,
    events: u32,
}

/// Why a round of the relay failed.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl Relay {
    /// A relay from a store to a bus.
    pub fn new(store: EventStore, bus: Arc<dyn Bus>, options: Options) -> Self {
        let published = vec![None; usize::from(store.partitions())];
        Self { store, bus, options, published }
    }

    /// Publishes until the future is dropped.
    pub async fn run(mut self) {
        let mut appended = self.store.appended();
        let mut wanted: Vec<u16> = self.all();
        let mut next_look = Instant::now() + self.options.poll;
        loop {
            let more = match self.round(&wanted).await {
                Ok(more) => more,
                Err(cause) => {
                    tracing::warn!(%cause, "the relay failed; trying again");
                    // What was taken of a failed publish only the bus knows.
                    self.published.fill(None);
                    tokio::time::sleep(self.options.pause).await;
                    true
                }
            };
            // However busy this process is: what others append is only found by looking.
            if Instant::now() >= next_look {
                wanted = self.all();
                next_look = Instant::now() + self.options.poll;
            } else if !more {
                wanted = match timeout_at(next_look, appended.changed()).await {
                    Ok(Ok(())) => self.behind(&appended.borrow_and_update()),
                    Ok(Err(_)) => {
                        sleep_until(next_look).await;
                        Vec::new()
                    }
                    Err(_) => Vec::new(),
                };
            }
        }
    }

    fn all(&self) -> Vec<u16> {
        (0..self.store.partitions()).collect()
    }

    /// The partitions in which more was appended than was published.
    fn behind(&self, heads: &[u64]) -> Vec<u16> {
        let published = |partition: u16| self.published[usize::from(partition)].map_or(0, |done| done.number);
        self.all().into_iter().filter(|p| heads[usize::from(*p)] > published(*p)).collect()
    }

    /// Publishes what is there of some partitions; whether there may be more.
    async fn round(&mut self, partitions: &[u16]) -> Result<bool, RelayError> {
        let mut any = false;
        for partition in partitions {
            any |= self.publish_next(*partition).await?;
        }
        Ok(any)
    }

    async fn publish_next(&mut self, partition: u16) -> Result<bool, RelayError> {
        let place = usize::from(partition);
        let done = match self.published[place] {
            Some(done) => done,
            None => self.find_start(partition).await?,
        };
        self.published[place] = Some(done);
        // What this process has just appended need not be read back.
        let recent = self.store.recent(partition, done.number, self.options.page);
        let Slice { commits, end } = match recent.is_empty() {
            true => self.store.read_partition(partition, done.number, self.options.page).await?,
            false => Slice { end: recent.len() < self.options.page, commits: recent },
        };
        let Some(last) = commits.last() else { return Ok(false) };
        let all = commits.iter().flat_map(|commit| commit.recorded());
        let records: Vec<Record> = all.skip(done.events as usize).map(Arc::new).collect();
        self.bus.publish(&records).await?;
        self.published[place] = Some(Published { number: last.position.number, events: 0 });
        Ok(!end)
    }

    async fn find_start(&self, partition: u16) -> Result<Published, RelayError> {
        Ok(match self.bus.tail(partition).await? {
            Tail::Forgets => Published { number: self.store.head(partition).await?.number, events: 0 },
            Tail::Empty => Published { number: 0, events: 0 },
            Tail::At { number, index } => Published { number: number.saturating_sub(1), events: index + 1 },
        })
    }
}
