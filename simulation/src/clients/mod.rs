//! Clients that give commands, lose answers, and send again.

mod client;
mod look;
mod wishes;

pub(crate) use client::{Client, give_again, probe};
pub(crate) use look::Enquiries;
pub(crate) use wishes::{MODERATOR, Wishes};
