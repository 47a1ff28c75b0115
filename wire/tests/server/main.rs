//! The server over real TCP, told by what a client sees.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod drain;
mod limits;
mod pipelining;
mod support;
mod words;
