//! The ledger on SQL Server: by way of a double of the server, and on a real one where there is one.
#![cfg(feature = "mssql")]
#![allow(clippy::unwrap_used)] // a test speaks by panicking

mod away;
mod double;
mod failing;
mod on_a_server;
mod opening;
mod statements;
mod through_the_double;
