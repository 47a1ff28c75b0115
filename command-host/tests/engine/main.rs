//! What the engine promises, on a small aggregate of the tests' own.

mod facts;
mod freshness;
mod once;
mod order;
mod till;
