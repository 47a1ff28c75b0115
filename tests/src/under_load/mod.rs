//! A system under load, with clients that note all that they are told: what failure tests are made of.

mod audit;
mod client;
mod host;
mod journal;
mod load;
mod site;
mod stack;
mod topic;

pub use audit::{audit, audit_log};
pub use host::Host;
pub use journal::{Asked, Journal};
pub use load::Load;
pub use site::Site;
pub use stack::Stack;
