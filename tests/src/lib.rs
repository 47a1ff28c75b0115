//! What the end-to-end tests are made of: the programs as processes of their own on free ports and fresh folders,
//! clients, real servers and a proxy in front of them, and an audit of all that is left behind.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails, loudly

mod audit;
mod binaries;
mod client;
mod disk;
#[cfg(feature = "test-servers")]
mod full_stack;
mod history;
mod hosts;
mod ledger;
mod output;
mod process;
mod proxy;
mod rand;
mod seen;
#[cfg(feature = "test-servers")]
mod servers;
mod tables;
#[cfg(feature = "test-servers")]
pub mod under_load;
mod urls;
mod wait;

pub use audit::{audit, audit_at, log_at, log_of};
pub use binaries::binary;
pub use client::{Talk, command, query, query_after};
pub use disk::{Disk, Fault};
#[cfg(feature = "test-servers")]
pub use full_stack::{FullStack, Servers, connect, server};
pub use history::{Step, history, ldbc, ldbc_folder, made_up};
pub use hosts::{CommandHost, ProcessHost, ProjectionHost, QueryHost, Tidings};
pub use ledger::Ledger;
pub use output::{Output, run, run_with};
pub use process::{Process, program};
pub use proxy::{Proxy, Traffic};
pub use rand::Rand;
pub use rustix::process::Signal;
pub use seen::{goes_on, writes_are_seen};
#[cfg(feature = "test-servers")]
pub use servers::{KafkaCluster, Kind, Server, free_port};
pub use tables::Tables;
pub use urls::Urls;
pub use wait::{LIMIT, until, until_within};

/// A folder of data that is not there yet, inside one that goes with the test.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
