//! What the engine promises, on a small aggregate of the tests' own.

#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod facts;
mod freshness;
mod once;
mod order;
mod till;
