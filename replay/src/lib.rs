//! Rebuilds read models from the log alone, beside the running ones, and swaps them in.

mod parked;
mod progress;
mod rebuild;
mod shadow;

pub use parked::{list_parked, retry_parked};
pub use progress::Progress;
pub use rebuild::{Options, RebuildError, Rebuilt, rebuild};
#[cfg(feature = "servers")]
pub use shadow::PostgresShadows;
pub use shadow::{Shadows, SqliteShadows};
