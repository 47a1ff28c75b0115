//! The server over real TCP, told by what a client sees.

mod bad_input;
mod drain;
mod limits;
mod pipelining;
mod support;
mod words;
