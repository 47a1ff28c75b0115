//! One command, from the history it reads to the commit it makes.

mod cache;
mod execute;
mod outcome;
mod turns;

pub use execute::{Engine, Options};
pub use outcome::{ExecuteError, Meta, Outcome};
pub(crate) use turns::Turns;
