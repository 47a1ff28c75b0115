//! Follows the log and keeps read models up to date.

mod inbox;

pub use inbox::Inbox;
