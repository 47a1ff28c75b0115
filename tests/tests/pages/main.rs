//! What the pages and the help say is what happens.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod help;
mod page;
mod tour;
