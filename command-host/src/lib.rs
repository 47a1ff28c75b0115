//! Carries commands out: loads an aggregate by replaying its history, lets it decide, appends.
//!
//! [`Engine::execute`] does it for any aggregate on any event store. [`run`] is the host: commands as lines over TCP.
//! Several hosts on one log share its partitions: [`Sharing`].

pub mod engine;
mod hands;
mod help;
mod host;
mod ledger;
mod outcome;
mod owners;
pub mod relay;
mod service;

pub use engine::{Engine, ExecuteError, Meta, Options, Outcome};
pub use help::help;
pub use host::{Host, Running, run};
pub use ledger::{LedgerFlags, LedgerTerms, Options as LedgerOptions, Recording};
pub use owners::{Flags as SharingFlags, Options as SharingOptions, Sharing};
pub use service::CommandService;
