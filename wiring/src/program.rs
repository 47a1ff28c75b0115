//! A host from its first line to its exit code.

use std::future::Future;
use std::process::{ExitCode, Termination};
use std::time::Duration;

use crate::{StartError, start_logging};

/// How long calls that block may take when the program is done: those to brokers that do not answer, and the last
/// words to those that do.
const LAST: Duration = Duration::from_secs(1);

/// Runs a program to its end: logging, runtime, and what went wrong on standard error under its `name`, with the exit
/// code 1, or 2 where the command line was wrong.
pub fn run_program<T: Termination>(
    name: &str,
    program: impl Future<Output = Result<T, StartError>>,
) -> ExitCode {
    start_logging();
    let done = runtime().map_err(StartError::new).and_then(|runtime| {
        let done = runtime.block_on(program);
        runtime.shutdown_timeout(LAST);
        done
    });
    match done {
        Ok(done) => done.report(),
        Err(error) => {
            eprintln!("{name}: {error}");
            if let StartError::Usage(_) = error { ExitCode::from(2) } else { ExitCode::FAILURE }
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
