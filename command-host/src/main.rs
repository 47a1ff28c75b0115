//! The command host as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use tidings_command_host::relay::{self, Relay};
use tidings_command_host::{Host, Options, run};
use tidings_domain::{Limits, UserId};
use tidings_eventstore::EventStore;
use tidings_wiring::{BusUrl, StartError, StoreUrl, listen, run_program, stop_signal};
use tidings_world::System;

// Answers are made on one thread and dropped on another, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Takes commands, one JSON object a line over TCP, decides them, and appends their events to the log.
#[derive(Parser)]
#[command(name = "tidings-command-host", version)]
struct Args {
    /// The log: sqlite:FOLDER.
    #[arg(long, env = "TIDINGS_STORE", default_value = "sqlite:./tidings-data")]
    store: StoreUrl,
    /// The bus: local, or kafka://HOST:PORT[,HOST:PORT…]/TOPIC.
    #[arg(long, env = "TIDINGS_BUS", default_value = "local")]
    bus: BusUrl,
    /// Whether to publish the log on the bus: on, off, or only (and serve no commands).
    #[arg(long, env = "TIDINGS_RELAY", default_value = "on")]
    relay: RelayMode,
    /// The address for commands.
    #[arg(long, env = "TIDINGS_COMMANDS", default_value = "127.0.0.1:7401")]
    listen: String,
    /// A user who may moderate; may be given several times.
    #[arg(long = "moderator", env = "TIDINGS_MODERATORS", value_delimiter = ',')]
    moderators: Vec<UserId>,
    /// The number of partitions of a log that is made now; one that is there keeps its own.
    #[arg(long, env = "TIDINGS_PARTITIONS", default_value_t = 8)]
    partitions: u16,
    /// How many aggregates are kept in memory.
    #[arg(long, env = "TIDINGS_CACHE", default_value_t = Options::default().cached_streams)]
    cache: u64,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum RelayMode {
    On,
    Off,
    Only,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run_program("tidings-command-host", serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let stop = stop_signal();
    let world = Arc::new(System::new());
    if args.relay == RelayMode::Only {
        let open = args.store.open_to_read().await?;
        let store = EventStore::start(open.log(), world, Default::default());
        let bus = args.bus.open(store.partitions()).await?;
        tokio::select! { biased;
            () = stop => {}
            () = Relay::new(store, bus, relay::Options::default()).run() => {}
        }
        open.close().await;
        return Ok(());
    }
    let listener = listen("--listen", &args.listen).await?;
    let open = args.store.open(args.partitions).await?;
    let address = listener.local_addr().map_err(StartError::new)?;
    eprintln!("commands on {address}, log at {}; Ctrl-C stops", args.store);
    let store = EventStore::start(open.log(), world.clone(), Default::default());
    let bus = args.bus.open(store.partitions()).await?;
    let host = Host {
        store,
        world,
        relay_to: (args.relay == RelayMode::On).then_some(bus),
        moderators: args.moderators.into_iter().collect(),
        sharing: None,
        limits: Limits::default(),
        options: Options { cached_streams: args.cache, ..Options::default() },
        wire: tidings_wire::Limits::default(),
    };
    let drained = run(listener, host, stop).await;
    open.close().await;
    if drained.cut_off_requests > 0 {
        eprintln!("{} requests were cut off", drained.cut_off_requests);
    }
    Ok(())
}
