//! Adapters that do to their callers whatever the ports allow.

mod bus;
mod log;
mod model;
mod subscriber;

pub(crate) use bus::FaultyBus;
pub(crate) use log::FaultyLog;
pub(crate) use model::FaultyModel;
