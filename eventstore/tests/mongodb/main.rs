//! The log on MongoDB, against the servers of `dev/servers`: what every log promises, on both; and what it does
//! beyond that.
#![allow(clippy::unwrap_used)] // a test speaks by panicking

mod conformance;
mod database;
mod dropped;
mod large;
mod leases;
mod open;
mod own_server;
mod racing;
mod sample;
mod stopped;
mod twice;
mod wrong;
