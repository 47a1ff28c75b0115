//! What the SQLite log does beyond the promises of every log.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)] // a test speaks by panicking

mod full;
mod killed;
mod look;
mod open;
mod read_only;
mod sample;
mod tampering;
