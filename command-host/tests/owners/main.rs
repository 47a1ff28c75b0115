//! Several hosts on one log, over real connections: who carries a command out, and what happens when it cannot.

#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod failing;
mod marked;
mod order;
mod own_bus;
mod publishing;
mod relays;
mod sharing;
mod slow_log;
mod stage;
mod words;
