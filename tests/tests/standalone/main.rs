//! Tidings in one process on one folder: what a person runs first.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod letters;
mod refusals;
mod starts_and_stops;
mod tour;
