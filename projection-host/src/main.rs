//! The projection host as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tidings_eventstore::EventStore;
use tidings_projection_host::{Feed, Options};
use tidings_projections::{Projector, social};
use tidings_wiring::{BusUrl, StartError, StoreUrl, ViewsUrl, run_program, stop_signal};
use tidings_world::System;

/// Follows the log and keeps the read models up to date.
#[derive(Parser)]
#[command(name = "tidings-projection-host", version)]
struct Args {
    /// The log: sqlite:FOLDER.
    #[arg(long, env = "TIDINGS_STORE", default_value = "sqlite:./tidings-data")]
    store: StoreUrl,
    /// The bus: kafka://HOST:PORT[,HOST:PORT…]/TOPIC, or local (which brings nothing from other processes: the store
    /// is looked at).
    #[arg(long, env = "TIDINGS_BUS", default_value = "local")]
    bus: BusUrl,
    /// The read models: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_VIEWS", default_value = "sqlite:./tidings-data")]
    views: ViewsUrl,
    /// How often to look at the store for what the bus left out, in milliseconds [default: 20 with the local
    /// bus, else 250].
    #[arg(long, env = "TIDINGS_CHECK_MS")]
    check_ms: Option<u64>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run_program("tidings-projection-host", project(args))
}

async fn project(args: Args) -> Result<(), StartError> {
    let stop = stop_signal();
    let world = Arc::new(System::new());
    let open = args.store.open_to_read().await?;
    let store = EventStore::start(open.log(), world.clone(), Default::default());
    let model = args.views.open().await?.model;
    let projector =
        Projector::attach(model, social::group(), store.partitions()).await.map_err(StartError::new)?;
    let check = match args.check_ms {
        Some(millis) => Duration::from_millis(millis.max(1)),
        None if args.bus == BusUrl::Local => Duration::from_millis(20),
        None => Options::default().check,
    };
    let options = Options { check, ..Options::default() };
    let bus = args.bus.open(store.partitions()).await?;
    let feed = Feed::new(store, bus, projector, world, options);
    feed.check_origin().await.map_err(StartError::new)?;
    eprintln!("projecting {} to {}; Ctrl-C stops", args.store, args.views);
    tokio::select! { biased;
        () = stop => {}
        () = feed.run() => {}
    }
    open.close().await;
    Ok(())
}
