//! A whole system from one seed: command hosts, relays, projection hosts and clients on adapters in memory and
//! on paused time, with faults at every call, and an oracle that knows the truth.
//!
//! [`run`] plays one seed; [`run_on`] plays it on other adapters. The same seed gives the same history, byte for byte.
//! What a run is made of is its [`Plan`], which the seed draws and a test may change; what was done and checked is in its
//! [`Report`].

mod asked;
mod chance;
mod chaos;
mod clients;
mod counter;
mod faults;
mod history;
mod host;
mod involved;
mod knobs;
mod life;
mod odds;
mod oracle;
mod outages;
mod owners;
mod plan;
mod projecting;
mod reply;
mod report;
mod run;
mod servers;
mod shrink;
mod stage;
mod totals;
mod truth;
mod wish;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use faults::KINDS;
pub use odds::{Odds, Weather};
pub use plan::{Kept, Mix, Owners, Plan, Planted};
pub use report::{Failure, Report, Summary};
pub use run::{Adapters, run, run_on};
pub use servers::Views;
pub use shrink::{Shrunk, shrink};

/// The guarded value; a panic elsewhere does not hide it.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
