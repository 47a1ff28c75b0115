//! The log: one order without gaps, all or nothing, optimistic concurrency, durable before the answer.
//!
//! [`EventStore`] is what programs use. [`Log`] is the port that an adapter implements: it stores commits at
//! the numbers they bear and promises three unique keys; everything else (numbering, group commit, the hash
//! chain, conflicts, doubt) is done once, above it, in [`EventStore`].

mod append;
mod chain;
mod commit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod known;
mod lane;
mod memory;
mod partition;
mod pending;
mod port;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod verdict;
mod verify;

pub use append::{Append, AppendError, Appended};
pub use chain::{Hash, HashError};
pub use commit::Commit;
pub use memory::MemoryLog;
pub use partition::partition_of;
pub use port::{Batch, Head, InsertError, Log, ReadError, Shape, Slice};
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, SqliteLog};
pub use store::{EventStore, Options};
pub use verify::{Flaw, PartitionReport, VerifyError, verify};
