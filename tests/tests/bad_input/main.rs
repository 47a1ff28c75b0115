//! Whatever a client sends costs it an error, and nobody else anything. At the end the log holds what was
//! acknowledged, and no more.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod bytes;
mod clients;
mod fields;
mod host;
mod rules;
mod texts;
