//! The query host as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tidings_eventstore::EventStore;
use tidings_query_host::{Host, run};
use tidings_wiring::{StartError, StoreUrl, ViewsUrl, listen, run_program, stop_signal};
use tidings_world::System;

// Answers are made on one thread and dropped on another, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers queries, one JSON object a line over TCP, from the read models. It cannot write.
#[derive(Parser)]
#[command(name = "tidings-query-host", version)]
struct Args {
    /// The log: sqlite:FOLDER.
    #[arg(long, env = "TIDINGS_STORE", default_value = "sqlite:./tidings-data")]
    store: StoreUrl,
    /// The read models: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_VIEWS", default_value = "sqlite:./tidings-data")]
    views: ViewsUrl,
    /// The address for queries.
    #[arg(long, env = "TIDINGS_QUERIES", default_value = "127.0.0.1:7402")]
    listen: String,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run_program("tidings-query-host", serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let stop = stop_signal();
    let world = Arc::new(System::new());
    let listener = listen("--listen", &args.listen).await?;
    let open = args.store.open_to_read().await?;
    let store = EventStore::start(open.log(), world.clone(), Default::default());
    let reader = args.views.open_to_read().await?;
    let address = listener.local_addr().map_err(StartError::new)?;
    eprintln!("queries on {address}, read models at {}; Ctrl-C stops", args.views);
    let host = Host { store, reader, world, wire: tidings_wire::Limits::default() };
    let drained = run(listener, host, stop).await;
    open.close().await;
    if drained.cut_off_requests > 0 {
        eprintln!("{} requests were cut off", drained.cut_off_requests);
    }
    Ok(())
}
