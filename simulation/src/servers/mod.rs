//! The servers that all hosts share, with what befalls the servers themselves.

mod at_once;
mod broker;
mod foreign;
mod model;
mod planted;
mod primary;
mod recorder;
mod same;
mod topic;

pub(crate) use at_once::at_once;
pub(crate) use broker::{Broker, Member};
pub(crate) use foreign::foreign;
pub(crate) use model::Model;
pub use model::Views;
pub(crate) use planted::{outcome_first, with_bug};
pub(crate) use primary::Primary;
pub(crate) use recorder::Recorder;
pub(crate) use same::same;
pub(crate) use topic::Topic;
