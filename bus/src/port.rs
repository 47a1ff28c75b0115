//! The port of a bus adapter, with the little that it promises.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_domain::{Position, Recorded};

/// One event on the bus.
pub type Record = Arc<Recorded>;

/// Carries records from the relay to any number of subscribers.
///
/// What an adapter promises: records of one partition that [`publish`](Bus::publish) took arrive in the order
/// in which they were given, if they arrive. What it does not promise: that a record arrives at all, that it
/// arrives once, that it arrives soon. Whoever reads it checks positions and goes to the log for what is missing.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands records over, in order; answers when the bus has them as safe as it keeps them. Where it fails, it
    /// may have taken some of each partition, from the front: never one without those before it, so that
    /// [`tail`](Self::tail) tells a relay where to go on.
    ///
    /// # Errors
    /// When the bus does not take them now.
    async fn publish(&self, records: &[Record]) -> Result<(), BusError>;

    /// The last record of a partition that the bus keeps, or the last of those before a place of which this has told:
    /// where a relay goes on, once it has held it against the log. On a bus that [is open](Self::is_open) somebody
    /// else may have made it up.
    ///
    /// # Errors
    /// When the bus does not answer.
    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError>;

    /// Whether others may put records on it too. What comes from such a bus is held against the log's hashes before
    /// it is believed.
    fn is_open(&self) -> bool {
        false
    }

    /// Joins a group of subscribers, which share the partitions among them.
    ///
    /// # Errors
    /// When the bus does not answer.
    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError>;
}

/// One member of a group.
#[async_trait]
pub trait Subscriber: Send {
    /// Waits for records; several at a time where several are there. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// When the bus fails; the next call tries again.
    async fn next(&mut self) -> Result<Vec<Record>, BusError>;

    /// Tells that all of a partition up to here is worked in, so that another member need not start earlier.
    /// Only a hint.
    fn worked(&mut self, positions: &[Position]);

    /// The partitions that this member is given now; `None`: all.
    fn partitions(&self) -> Option<Vec<u16>>;

    /// What came since this was last asked and is no event of the log, of each partition by kind.
    fn strange(&mut self) -> Vec<Strange> {
        Vec::new()
    }
}

/// Records on the bus that are no events of the log: another's, or damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strange {
    /// The partition.
    pub partition: u16,
    /// What is wrong with all of them.
    pub cause: String,
    /// Where the first of them stands: a number that grows along the partition.
    pub first: u64,
    /// Where the last of them stands.
    pub last: u64,
    /// How many they are.
    pub count: u64,
}

/// What a bus keeps of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// It keeps nothing, ever: a relay starts at the log's head.
    Forgets,
    /// It keeps records, but has none: a relay starts at the log's beginning, or where it remembers.
    Empty,
    /// The last record.
    Last {
        /// What it says.
        record: Record,
        /// Where it stands: a number that grows along the partition.
        place: u64,
    },
    /// It keeps records, and those that there were have expired; the last was this event of the log, or a later one.
    Noted {
        /// The commit's number.
        number: u64,
        /// The event's place in the commit.
        index: u32,
    },
}

/// Why the bus did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// It does not work now; later it may.
    #[error("the bus is unavailable: {0}")]
    Unavailable(String),
    /// It is not what this log needs, and will not be before somebody has done something: the message says what.
    #[error("the bus does not fit: {0}")]
    Unfit(String),
}
