//! The command host as a process of its own.

use std::future::pending;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use tidings_command_host::relay::{self, Relay};
use tidings_command_host::{CommandService, Host, LedgerFlags, Options, Running, SharingFlags, help};
use tidings_domain::{Limits, UserId};
use tidings_eventstore::EventStore;
use tidings_wiring::{
    BusUrl, OpenBus, Opened, StartError, StoreUrl, Waits, listen, parse_args, parse_count, parse_partitions,
    run_program, stop_signal,
};
use tidings_world::{Handle, System};

// Answers are made on one thread and dropped on another, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Takes commands, one JSON object a line over TCP, decides them, and appends their events to the log.
#[derive(Parser)]
#[command(name = "tidings-command-host", version)]
struct Args {
    /// The log: sqlite:FOLDER or mongodb://HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_STORE", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    store: StoreUrl,
    /// The bus: local, or kafka://HOST:PORT[,HOST:PORT…]/TOPIC.
    #[arg(long, env = "TIDINGS_BUS", hide_env_values = true, default_value = "local")]
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
    #[arg(long, env = "TIDINGS_PARTITIONS", default_value_t = 8, value_parser = parse_partitions)]
    partitions: u16,
    /// How many aggregates are kept in memory.
    #[arg(long, env = "TIDINGS_CACHE", default_value_t = Options::default().cached_streams, value_parser = parse_count::<u64>)]
    cache: u64,
    #[command(flatten)]
    sharing: SharingFlags,
    #[command(flatten)]
    ledger: LedgerFlags,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum RelayMode {
    On,
    Off,
    Only,
}

fn main() -> ExitCode {
    let args = parse_args::<Args>();
    run_program("tidings-command-host", async {
        match args.relay {
            RelayMode::Only => relay(args).await,
            RelayMode::On | RelayMode::Off => serve(args).await,
        }
    })
}

async fn serve(args: Args) -> Result<(), StartError> {
    let stop = stop_signal();
    let world: Handle = Arc::new(System::new());
    let listener = listen("--listen", &args.listen).await?;
    let address = listener.local_addr().map_err(StartError::new)?;
    let waits =
        Waits::new(world.clone(), format!("commands on {address}, log at {}; Ctrl-C stops", args.store));
    let wire = tidings_wire::Limits::default();
    let open = open(args, address, world, wire, waits.clone());
    tidings_wiring::serve(listener, wire, (waits, help), open, stop).await
}

/// The host on a log that is there.
async fn open(
    args: Args,
    address: SocketAddr,
    world: Handle,
    wire: tidings_wire::Limits,
    waits: Waits,
) -> Result<Opened<CommandService>, StartError> {
    args.ledger.check()?;
    let log = waits.until_open(async || args.store.open(args.partitions).await).await?;
    let ledger = waits.until_open(async || args.ledger.open().await).await?;
    waits.until_open(async || args.ledger.tie(&ledger, &log, &world).await).await?;
    let store = EventStore::start(log.log(), world.clone(), Default::default());
    let OpenBus { bus, unfit } = args.bus.open(store.partitions());
    // On a bus within this process nobody would hear it.
    let publishes = args.relay == RelayMode::On && args.bus != BusUrl::Local;
    let host = Host {
        store,
        world,
        relay_to: publishes.then_some(bus),
        moderators: args.moderators.into_iter().collect(),
        sharing: args.sharing.sharing(address, log.leases())?,
        // Where the log has leases others may write it, and be at work on what the ledger holds.
        recording: args.ledger.recording(&ledger, log.leases().is_none())?,
        limits: Limits::default(),
        options: Options { cached_streams: args.cache, ..Options::default() },
        wire,
    };
    let Running { service, relay, leave, settle } = host.start();
    let close = async {
        drop(relay);
        settle.await;
        ledger.close().await;
        log.close().await;
    };
    let beside = if publishes { unfit } else { Box::pin(pending()) };
    Ok(Opened { service, beside, leave, close: Box::pin(close) })
}

/// Publishes, and serves nobody.
async fn relay(args: Args) -> Result<(), StartError> {
    let stop = stop_signal();
    let world: Handle = Arc::new(System::new());
    let waits = Waits::new(world.clone(), format!("publishing the log at {}; Ctrl-C stops", args.store));
    if args.bus == BusUrl::Local {
        let missing =
            "--relay only publishes for other processes: name a bus that they reach, --bus kafka://…";
        return Err(StartError::new(missing));
    }
    let relay = async {
        let log = waits.until_open(async || args.store.open_to_read().await).await?;
        let store = EventStore::start(log.log(), world, Default::default());
        let OpenBus { bus, unfit } = args.bus.open(store.partitions());
        waits.begin();
        tokio::select! { biased;
            unfit = unfit => Err(unfit),
            () = Relay::new(store, bus, relay::Options::default()).run() => Ok(()),
        }
    };
    tokio::select! { biased;
        () = stop => Ok(()),
        done = relay => done,
    }
}
