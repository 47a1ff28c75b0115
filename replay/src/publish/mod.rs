//! History, published again: on a topic for a new consumer, or on the live one.

mod partition;
mod start;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, BusError};
use tidings_domain::Position;
use tidings_eventstore::{EventStore, ReadError};
use tokio::sync::mpsc;

use self::partition::Partition;
use crate::Progress;
use crate::side_by_side::side_by_side;
use crate::targets::heads;

/// What is published, and from where.
#[derive(Clone, Debug)]
pub struct PublishOptions {
    /// The first commits, at most one of a partition; partitions that are not named begin at their first.
    pub from: Vec<Position>,
    /// The names of the events; empty for all.
    pub types: BTreeSet<String>,
    /// Goes on behind the last record that the bus keeps, so that what was interrupted is finished and what was
    /// finished is brought up to date. Not on a topic that somebody else publishes on.
    pub goes_on: bool,
    /// The most commits of one partition that are on their way at a time.
    pub page: usize,
    /// How long a bus that fails is tried again before publishing gives up.
    pub patience: Duration,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self {
            from: Vec::new(),
            types: BTreeSet::new(),
            goes_on: true,
            page: 1_000,
            patience: Duration::from_secs(30),
        }
    }
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// How many events, each confirmed by the bus.
    pub events: u64,
    /// Whether it went on behind records that the bus had. Those were not looked at: where they were published with other
    /// `types` or another `from`, the bus lacks what was left out then.
    pub went_on: bool,
    /// The number of the last commit of each partition that was looked at, in order.
    pub numbers: Vec<u64>,
}

/// Why not all was published. What was is confirmed, in each partition from the front; published again it repeats
/// records, which a consumer has to expect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bus does not take records.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The bus has records of something else.
    #[error(
        "the bus's last record in partition {partition} ({position}) is not of this log; name another topic"
    )]
    Foreign {
        /// The partition.
        partition: u16,
        /// The position that the record names.
        position: Position,
    },
    /// There is no such place.
    #[error("there is no partition {0} in this log")]
    NoPartition(u16),
    /// A fault of this program.
    #[error("publishing stopped: {0}")]
    Stopped(String),
}

/// How many partitions are published at a time.
const AT_ONCE: usize = 8;

/// Publishes the events of the log on a bus, as it was at the start: the records of the relay, in the order of each
/// partition, every one confirmed by the bus. At most eight partitions at a time, and of each one page.
///
/// ```
/// use std::sync::Arc;
/// use tidings_bus::MemoryBus;
/// use tidings_eventstore::{EventStore, MemoryLog};
/// use tidings_replay::publish;
/// use tidings_world::System;
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let store = EventStore::start(Arc::new(MemoryLog::new(8)), Arc::new(System::new()), Default::default());
/// let published = publish(&store, Arc::new(MemoryBus::default()), Default::default(), |_| {}).await?;
/// assert_eq!(published.events, 0);
/// # Ok::<(), tidings_replay::PublishError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the log cannot be read, or the bus takes nothing for longer than the options say.
pub async fn publish(
    store: &EventStore,
    bus: Arc<dyn Bus>,
    options: PublishOptions,
    progress: impl FnMut(Progress),
) -> Result<Published, PublishError> {
    if let Some(at) = options.from.iter().find(|at| at.partition >= store.partitions()) {
        return Err(PublishError::NoPartition(at.partition));
    }
    let heads = heads(store).await?;
    let (told, telling) = mpsc::unbounded_channel();
    let options = Arc::new(options);
    let works = (0..).zip(heads.iter().copied()).map(|(partition, end)| {
        let (store, bus, options) = (store.clone(), bus.clone(), options.clone());
        Partition { partition, end, store, bus, options, told: told.clone(), events: 0 }.publish()
    });
    let (mut events, mut went_on) = (0, false);
    let published = |(published, had)| {
        events += published;
        went_on |= had;
    };
    side_by_side(AT_ONCE, works, telling, progress, published, PublishError::Stopped).await?;
    Ok(Published { events, went_on, numbers: heads })
}
