//! What hosts say while they run, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Warnings and errors. SQL Server's driver calls an error what is none to us, such as a command that comes again.
const DEFAULT: &str = "warn,tiberius=off";

/// Warnings and errors go to standard error; `TIDINGS_LOG=info` (or `tidings_wire=debug` …) shows more.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env("TIDINGS_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let colours = std::io::stderr().is_terminal();
    // A second start in one process (a test) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .try_init();
}
