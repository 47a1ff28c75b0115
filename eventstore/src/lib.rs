//! The log: one order without gaps, all or nothing, optimistic concurrency, durable before the answer.
//!
//! [`EventStore`] is what programs use. [`Log`] is the port that an adapter implements: it stores commits at
//! the numbers they bear and promises three unique keys; everything else (numbering, group commit, the hash
//! chain, conflicts, doubt) is done once, above it, in [`EventStore`].
//!
//! Three logs come with it: [`MemoryLog`] for tests and simulations; `SqliteLog` (feature `sqlite`, on by default), one
//! file with one writing process; `MongoLog` (feature `mongodb`), a database with any number of writing hosts. The
//! feature `conformance` has the suite that all of them run, for adapters of your own, and a log that fails on purpose. [`verify()`] proves that a log is as it was written.

mod append;
mod chain;
mod commit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod heads;
mod known;
mod lane;
mod memory;
#[cfg(feature = "mongodb")]
mod mongodb;
pub mod owners;
mod partition;
mod pending;
mod port;
mod proof;
mod recent;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod turns;
mod verdict;
mod verify;

#[doc(hidden)]
#[cfg(feature = "sqlite")]
pub mod private {
    //! What the fuzz targets need of the inside.
    pub use crate::sqlite::events;
}

pub use append::{Append, AppendError, Appended};
pub use chain::{Hash, HashError, hash_of};
pub use commit::Commit;
pub use memory::MemoryLog;
#[cfg(feature = "mongodb")]
pub use mongodb::{ConnectError, Limits as MongoLimits, MongoLog, MongoUrl};
pub use partition::partition_of;
pub use port::{Batch, Head, InsertError, Log, ReadError, Shape, Slice};
pub use proof::{Chain, Flaw};
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, SqliteLog};
pub use store::{EventStore, Options};
pub use verify::{PartitionReport, VerifyError, verify};
