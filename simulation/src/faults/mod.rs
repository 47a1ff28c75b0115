//! Adapters that do to their callers whatever the ports allow.

mod bus;
mod kinds;
mod ledger;
mod log;
mod model;
mod subscriber;

pub(crate) use bus::FaultyBus;
pub use kinds::KINDS;
pub(crate) use ledger::FaultyLedger;
pub(crate) use log::FaultyLog;
pub(crate) use model::FaultyModel;
