//! The load generator. It shares the machine with what it measures, so it does little: one thread, one read
//! and one write a reply, lines made by writing an id into a template, replies looked at for `"ok":true` and
//! not parsed.

mod closed;
mod line;
mod open;
mod replies;

pub(crate) use closed::{Plan, closed, once};
pub(crate) use line::{Commands, Requests};
pub(crate) use open::open;
