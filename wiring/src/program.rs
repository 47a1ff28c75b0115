//! A host from its first line to its exit code.

use std::future::Future;
use std::process::ExitCode;

use crate::{StartError, start_logging};

/// Runs a host to its end: logging, runtime, and what went wrong on standard error under its `name`.
pub fn run_program(name: &str, host: impl Future<Output = Result<(), StartError>>) -> ExitCode {
    start_logging();
    let done = runtime().map_err(StartError::new).and_then(|runtime| runtime.block_on(host));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The runtime of a host: a worker for every second processor, unless `TOKIO_WORKER_THREADS` says otherwise. A
/// command is little work and many hand-overs, and the storage has threads of its own: with a worker for each of two
/// processors, a lone client's commands took a quarter longer, and 256 clients' a tenth.
///
/// # Errors
/// When threads cannot be started.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if std::env::var_os("TOKIO_WORKER_THREADS").is_none() {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        builder.worker_threads((processors / 2).max(1));
    }
    builder.enable_all().build()
}
