//! What all hosts share at start: from a URL to an adapter, the signal to stop, the log to standard error.

mod bus;
mod files;
pub mod help;
mod listen;
mod logging;
mod program;
mod shutdown;
mod store;
mod url;
mod views;

pub use bus::BusUrl;
pub use listen::listen;
pub use logging::start_logging;
pub use program::{run_program, runtime};
pub use shutdown::stop_signal;
pub use store::{OpenLog, StoreUrl};
pub use url::UrlError;
pub use views::{OpenViews, ViewsUrl};

/// A host cannot start, or cannot go on: what is wrong, for a person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

impl StartError {
    /// From what is wrong.
    pub fn new(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}
