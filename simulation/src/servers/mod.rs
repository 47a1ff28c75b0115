//! The servers that all hosts share, with what befalls the servers themselves.

mod broker;
mod foreign;
mod primary;

pub(crate) use broker::{Broker, Member};
pub(crate) use foreign::foreign;
pub(crate) use primary::Primary;
