//! Rebuilds read models from the log alone, beside the running ones, proves them, and swaps them in.

mod build;
mod compare;
mod kinds;
mod options;
mod parked;
mod progress;
mod rebuild;
mod shadow;
mod targets;
mod verify_log;

pub use compare::{Cell, Comparison, Difference, Digest, Kind, TableComparison, compare};
pub use options::Options;
pub use parked::{list_parked, retry_parked};
pub use progress::Progress;
pub use rebuild::{Proof, Rebuild, RebuildError, Rebuilt, Spent, Swap};
#[cfg(feature = "servers")]
pub use shadow::{PostgresAside, PostgresShadows};
pub use shadow::{Purpose, Shadows, SqliteShadows};
pub use targets::{AtError, at_positions, at_time};
pub use verify_log::{LogReport, SharedCommands, Unreadable, verify_log};
