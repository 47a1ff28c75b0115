//! The bus: it makes the way from the log to its readers fast, and is never trusted.

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "kafka")]
mod kafka;
mod local;
mod memory;
mod port;

#[doc(hidden)]
#[cfg(feature = "kafka")]
pub mod private {
    //! What the fuzz targets need of the inside.
    pub use crate::kafka::decode::record;
}

#[cfg(feature = "kafka")]
pub use kafka::KafkaBus;
pub use local::LocalBus;
pub use memory::MemoryBus;
pub use port::{Bus, BusError, Record, Strange, Subscriber, Tail};
