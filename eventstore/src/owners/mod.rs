//! Which of the hosts that write to one log owns which partition.
//!
//! An owner is there for speed only: unique keys keep any number of writers safe, but writers that race for numbers
//! lose most of their time. Each host renews a lease in the store; the partitions are shared out among the hosts
//! whose leases live, by calculation, so that nobody has to claim or to hand over. Hosts that see the leases
//! differently for a moment both write, and nothing worse happens.

mod living;
mod memory;
#[cfg(feature = "mongodb")]
mod mongodb;

use async_trait::async_trait;
use uuid::Uuid;

pub use living::{Living, owner_of};
pub use memory::MemoryLeases;
#[cfg(feature = "mongodb")]
pub use mongodb::MongoLeases;

/// The leases of the hosts that write to one log, kept where all of them see it.
///
/// Nothing is asked of it but that what is stored is seen by the others within a second or so: each lease has one
/// writer, no clocks are compared, and no safety rests on it. Every call answers within seconds, be it with an error.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Stores a host's lease in place of the one before.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn renew(&self, lease: &Lease) -> Result<(), LeaseError>;

    /// Removes a host's lease, if there is one: it leaves, or has been silent for long.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn end(&self, host: Uuid) -> Result<(), LeaseError>;

    /// All leases, in any order, also of hosts that have died. What cannot be read is left out.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn all(&self) -> Result<Vec<Lease>, LeaseError>;
}

/// What a host stores to say that it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The host's id, drawn when its process starts.
    pub host: Uuid,
    /// Where the others reach it: `HOST:PORT` for commands.
    pub address: String,
    /// Whether it publishes what it owns.
    pub relays: bool,
    /// Another number at each renewal: that is how the others see that it lives.
    pub beat: u64,
    /// A mark of what all hosts must have been given alike; those with another pass nothing to each other.
    pub settings: Uuid,
}

/// The store of the leases does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the leases of the hosts: {0}")]
pub struct LeaseError(pub String);
