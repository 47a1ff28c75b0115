//! The bus: it makes the way from the log to its readers fast, and is never trusted.

mod local;
mod port;

pub use local::LocalBus;
pub use port::{Bus, BusError, Record, Subscriber, Tail};
