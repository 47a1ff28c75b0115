//! What a command host promises that keeps a ledger, on a log and a ledger in memory that fail when they are told to.

#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod away;
mod died;
mod promised;
mod repeats;
mod stage;
mod tried_again;
