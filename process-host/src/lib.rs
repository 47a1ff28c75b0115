//! Shows processes the events of the log, and gives the commands that they react with.
//!
//! A [`Runner`] runs one process: it reads the log from where the process stands, finds out what it
//! [asks](tidings_domain::process::Question), and has its commands carried out by [`Hands`]. Where it stands is kept in
//! the ledger, behind what is done: after a kill some events are shown once more, and their commands, which have the
//! same ids, change nothing. Two hosts that run one process do the same work twice, to the same end.

mod hands;
mod knowledge;
mod order;
mod runner;
mod start;
mod tcp;

pub use hands::{Hands, Local};
pub use knowledge::{Knowledge, KnowledgeError};
pub use order::Order;
pub use runner::{Options, Runner, SocialProcess};
pub use start::{Host, ProcessFlags};
pub use tcp::Tcp;
