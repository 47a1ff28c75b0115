//! Answers queries from read models, as lines over TCP. It cannot write.

mod from_ledger;
mod from_log;
mod help;
mod host;
mod processes;
mod service;
mod status;

pub use help::about as help;
pub use host::{Host, run};
pub use service::QueryService;
