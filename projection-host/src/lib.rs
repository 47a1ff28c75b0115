//! Follows the log and keeps read models up to date.
//!
//! A [`Feed`] brings one group of projections what the log holds; [`Inbox`] is what it trusts a bus with.

mod feed;
mod inbox;
mod listener;
mod proof;

pub use feed::{Feed, Options};
pub use inbox::Inbox;
pub use proof::StrangerError;
