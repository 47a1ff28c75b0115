//! The projection host as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tidings_eventstore::{EventStore, ReadError};
use tidings_projection_host::{Feed, Options, StrangerError};
use tidings_projections::{Projector, social};
use tidings_wiring::{
    BusUrl, OpenBus, StartError, StoreUrl, ViewsUrl, Waits, parse_args, parse_count, run_program, stop_signal,
};
use tidings_world::{Handle, System};

// Rows are made and dropped by the thousand, for which the system's allocator takes longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Follows the log and keeps the read models up to date.
#[derive(Parser)]
#[command(name = "tidings-projection-host", version)]
struct Args {
    /// The log: sqlite:FOLDER or mongodb://HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_STORE", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    store: StoreUrl,
    /// The bus: kafka://HOST:PORT[,HOST:PORT…]/TOPIC, or local (which brings nothing from other processes: the store
    /// is looked at).
    #[arg(long, env = "TIDINGS_BUS", hide_env_values = true, default_value = "local")]
    bus: BusUrl,
    /// The read models: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_VIEWS", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    views: ViewsUrl,
    /// How often to look at the store for what the bus left out, in milliseconds [default: 20 with the local
    /// bus, else 250].
    #[arg(long, env = "TIDINGS_CHECK_MS", value_parser = parse_count::<u64>)]
    check_ms: Option<u64>,
    /// Makes the read models in PostgreSQL and a role that can only read them, and ends. The role's password is taken
    /// from TIDINGS_READER_PASSWORD; without it, how the role proves itself is for the server to say.
    #[arg(long, value_name = "ROLE", num_args = 0..=1, default_missing_value = "tidings_reader")]
    init: Option<String>,
}

fn main() -> ExitCode {
    let args = parse_args::<Args>();
    run_program("tidings-projection-host", async {
        let stop = stop_signal();
        tokio::select! { biased;
            () = stop => Ok(()),
            done = project(args) => done,
        }
    })
}

async fn project(args: Args) -> Result<(), StartError> {
    if let Some(role) = &args.init {
        let password = std::env::var("TIDINGS_READER_PASSWORD").ok();
        args.views.init(role, password.as_deref()).await?;
        eprintln!("the role {role} may read {}", args.views);
        return Ok(());
    }
    let world: Handle = Arc::new(System::new());
    let first = format!("projecting {} to {}; Ctrl-C stops", args.store, args.views);
    let waits = Waits::new(world.clone(), first);
    let log = waits.until_open(async || args.store.open_to_read().await).await?;
    let store = EventStore::start(log.log(), world.clone(), Default::default());
    let projector = waits.until_open(async || attach(&args.views, &store).await).await?;
    let check = match args.check_ms {
        Some(millis) => Duration::from_millis(millis),
        None if args.bus == BusUrl::Local => Duration::from_millis(20),
        None => Options::default().check,
    };
    let options = Options { check, ..Options::default() };
    let OpenBus { bus, unfit } = args.bus.open(store.partitions());
    let feed = Feed::new(store, bus, projector, world, options);
    waits
        .until_open(async || {
            feed.check_origin().await.map_err(|error| match error {
                StrangerError::Read(ReadError::Unavailable(cause)) => {
                    StartError::away("the log", &args.store, cause)
                }
                wrong => StartError::new(wrong),
            })
        })
        .await?;
    waits.begin();
    tokio::select! { biased;
        unfit = unfit => Err(unfit),
        () = feed.run() => Ok(()),
    }
}

/// The read model, with the tables and checkpoints of the group.
async fn attach(views: &ViewsUrl, store: &EventStore) -> Result<Projector, StartError> {
    let model = views.open()?;
    Ok(Projector::attach(model, social::group(), store.origin()).await?)
}
