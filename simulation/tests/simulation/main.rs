//! What the simulation promises of itself, and the seeds that it plays.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up fails; a run tells what it did

mod planted;
mod repeatable;
mod seeds;
mod shrunk;
mod sqlite;
#[path = "../support/mod.rs"]
mod support;
