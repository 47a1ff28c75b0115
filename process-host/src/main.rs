//! The process host as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tidings_eventstore::EventStore;
use tidings_process_host::{Host, Options, ProcessFlags, Tcp};
use tidings_projections::social;
use tidings_wiring::{
    LedgerUrl, StartError, StoreUrl, ViewsUrl, Waits, check_views, parse_args, run_program, stop_signal,
};
use tidings_world::{Handle, System};

/// Follows the log and gives the commands that follow from its events: what hangs on deleted things goes with them,
/// and clips that are not published in time fail.
#[derive(Parser)]
#[command(name = "tidings-process-host", version)]
struct Args {
    /// The log: sqlite:FOLDER or mongodb://HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_STORE", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    store: StoreUrl,
    /// The read models: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_VIEWS", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    views: ViewsUrl,
    /// Where it is kept how far the processes have come: sqlite:FOLDER or
    /// mssql://USER:PASSWORD@HOST:PORT/DATABASE; best the ledger of the command hosts.
    #[arg(long, env = "TIDINGS_LEDGER", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    ledger: LedgerUrl,
    /// The address of a command host.
    #[arg(long, env = "TIDINGS_COMMANDS", default_value = "127.0.0.1:7401")]
    commands: String,
    #[command(flatten)]
    processes: ProcessFlags,
}

fn main() -> ExitCode {
    let args = parse_args::<Args>();
    run_program("tidings-process-host", async {
        let stop = stop_signal();
        tokio::select! { biased;
            () = stop => Ok(()),
            done = run(args) => done,
        }
    })
}

async fn run(args: Args) -> Result<(), StartError> {
    let world: Handle = Arc::new(System::new());
    let first = format!("following {}, commands to {}; Ctrl-C stops", args.store, args.commands);
    let waits = Waits::new(world.clone(), first);
    let ledger = waits.until_open(async || args.ledger.open().await).await?;
    let Some(progress) = ledger.progress() else {
        let missing = "--ledger none: name a ledger, in which it is kept how far the processes have come";
        return Err(StartError::new(missing));
    };
    let log = waits.until_open(async || args.store.open_to_read().await).await?;
    waits.until_open(async || args.ledger.tie(&ledger, &log, &world).await).await?;
    let store = EventStore::start(log.log(), world.clone(), Default::default());
    let reader = waits.until_open(async || args.views.open_to_read().await).await?;
    check_views(&*reader, social::NAME, &*log.log()).await?;
    waits.begin();
    let hands = Arc::new(Tcp::new(args.commands));
    let host = Host { store, reader, progress, hands, world, options: Options::default() };
    let mut running = host.start(args.processes.processes());
    // None of them ends by itself.
    while let Some(ended) = running.join_next().await {
        ended.map_err(|cause| StartError::new(format!("a process has broken down: {cause}")))?;
    }
    Ok(())
}
