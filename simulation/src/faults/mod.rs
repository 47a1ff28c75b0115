//! Adapters that do to their callers whatever the ports allow.

mod bus;
mod log;
mod subscriber;

pub(crate) use bus::FaultyBus;
pub(crate) use log::FaultyLog;
