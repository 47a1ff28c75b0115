//! What all hosts share at start: from a URL to an adapter, waiting for servers, the signal to stop, the log to
//! standard error.

mod args;
mod bus;
mod dependency;
mod duration;
mod error;
mod files;
pub mod help;
mod late;
mod ledger;
mod listen;
mod logging;
mod number;
mod program;
mod secrets;
mod shutdown;
mod store;
mod tied;
mod url;
mod views;
mod waits;

pub use args::parse_args;
pub use bus::{BusUrl, OpenBus};
pub use dependency::Dependency;
pub use duration::parse_duration;
pub use error::StartError;
pub use late::{Boxed, Opened, serve};
pub use ledger::{LedgerUrl, OpenLedger};
pub use listen::listen;
pub use logging::start_logging;
pub use number::{counted, parse_count, parse_partitions};
pub use program::{run_program, runtime};
pub use secrets::shown;
pub use shutdown::{StopSignal, end_signal, stop_signal};
pub use store::{Before, OpenLog, StoreUrl};
pub use tied::check_views;
pub use url::UrlError;
pub use views::ViewsUrl;
pub use waits::Waits;
