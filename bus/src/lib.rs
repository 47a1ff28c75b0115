//! The bus: it makes the way from the log to its readers fast, and is never trusted.

#[cfg(feature = "conformance")]
pub mod conformance;
mod local;
mod memory;
mod port;

pub use local::LocalBus;
pub use memory::MemoryBus;
pub use port::{Bus, BusError, Record, Subscriber, Tail};
