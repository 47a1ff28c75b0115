//! Clients that give commands, lose answers, and send again.

mod client;
mod wishes;

pub(crate) use client::{Client, probe};
pub(crate) use wishes::Wishes;
