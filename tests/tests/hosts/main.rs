//! The hosts as processes of their own, on the same files.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod another_log;
mod proof;
mod rebuild;
mod secrets;
mod together;
