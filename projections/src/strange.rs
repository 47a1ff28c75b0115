//! What comes by the bus and is no event of the log.

use tidings_domain::Timestamp;

/// Records that came by the bus and are no events of the log: kept so that somebody sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strange {
    /// The partition of the bus.
    pub partition: u16,
    /// What is wrong with all of them.
    pub cause: String,
    /// Where the first of them stands in the partition of the bus.
    pub first: u64,
    /// Where the last of them stands.
    pub last: u64,
    /// How many they are.
    pub count: u64,
}

/// What is known of all such records of one partition and cause that nobody has cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrangeKind {
    /// Which they are; at least one.
    pub records: Strange,
    /// When the first of them was noticed.
    pub first_at: Timestamp,
    /// When the last of them was noticed.
    pub last_at: Timestamp,
}
