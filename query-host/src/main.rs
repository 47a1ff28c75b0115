//! The query host as a process of its own.

use std::future::pending;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::Parser;
use tidings_eventstore::EventStore;
use tidings_ledger::Ledger;
use tidings_projections::social;
use tidings_query_host::{QueryService, help};
use tidings_wire::Limits;
use tidings_wiring::{
    LedgerUrl, OpenLog, Opened, StartError, StoreUrl, ViewsUrl, Waits, check_views, listen, parse_args,
    run_program, stop_signal,
};
use tidings_world::{Handle, System};
use tokio::time::timeout;

// Answers are made on one thread and dropped on another, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers queries, one JSON object a line over TCP, from the read models. It cannot write.
#[derive(Parser)]
#[command(name = "tidings-query-host", version)]
struct Args {
    /// The log: sqlite:FOLDER or mongodb://HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_STORE", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    store: StoreUrl,
    /// The read models: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_VIEWS", hide_env_values = true, default_value = "sqlite:./tidings-data")]
    views: ViewsUrl,
    /// Where the command hosts record commands: none, sqlite:FOLDER, or mssql://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_LEDGER", hide_env_values = true, default_value = "none")]
    ledger: LedgerUrl,
    /// The address for queries.
    #[arg(long, env = "TIDINGS_QUERIES", default_value = "127.0.0.1:7402")]
    listen: String,
}

fn main() -> ExitCode {
    let args = parse_args::<Args>();
    run_program("tidings-query-host", serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let stop = stop_signal();
    let world: Handle = Arc::new(System::new());
    let listener = listen("--listen", &args.listen).await?;
    let address = listener.local_addr().map_err(StartError::new)?;
    let first = format!("queries on {address}, read models at {}; Ctrl-C stops", args.views);
    let waits = Waits::new(world.clone(), first);
    let open = open(args, world, waits.clone());
    tidings_wiring::serve(listener, Limits::default(), (waits, help), open, stop).await
}

/// The host on read models that are there. The log may come later: most queries need none.
async fn open(args: Args, world: Handle, waits: Waits) -> Result<Opened<QueryService>, StartError> {
    // What is wrong with it is said before anything is waited for.
    let first = match timeout(FIRST, args.store.open_to_read()).await {
        Ok(Err(error @ (StartError::Wrong(_) | StartError::Usage(_)))) => return Err(error),
        Ok(Ok(open)) => Some(open),
        Ok(Err(StartError::Away { .. })) | Err(_) => None,
    };
    let made_from = first.as_ref().map(OpenLog::log);
    let ledger = waits.until_open(async || args.ledger.open_to_read_later().await).await?;
    let of = (args.ledger, ledger.ledger());
    let store = Arc::new(OnceLock::new());
    let mut log = Box::pin(open_log(args.store, first, of, store.clone(), world.clone(), waits.clone()));
    let reader = tokio::select! { biased;
        error = &mut log => return Err(error),
        reader = waits.until_open(async || args.views.open_to_read().await) => reader?,
    };
    if let Some(log) = made_from
        && let Ok(wrong @ Err(_)) = timeout(FIRST, check_views(&*reader, social::NAME, &*log)).await
    {
        wrong?;
    }
    let service = QueryService::new(store, reader, ledger.ledger(), world).with_progress(ledger.progress());
    let stopping = service.stopping();
    let leave = async move {
        stopping.send_replace(true);
    };
    Ok(Opened { service, beside: log, leave: Box::pin(leave), close: Box::pin(ledger.close()) })
}

/// How long a log may take to be opened before the host begins without it.
const FIRST: Duration = Duration::from_secs(1);

/// Opens the log, where the first try did not, and keeps it; ends only where waiting does not help, or the ledger is of
/// another log.
async fn open_log(
    url: StoreUrl,
    first: Option<OpenLog>,
    (ledger_url, ledger): (LedgerUrl, Option<Arc<dyn Ledger>>),
    store: Arc<OnceLock<EventStore>>,
    world: Handle,
    waits: Waits,
) -> StartError {
    let open = match first {
        Some(open) => Ok(open),
        None => waits.until_open(async || url.open_to_read().await).await,
    };
    match open {
        Ok(open) => {
            if let Err(error) = ledger_url.check_tie(ledger.as_deref(), &open).await {
                return error;
            }
            let _ = store.set(EventStore::start(open.log(), world, Default::default()));
            pending().await
        }
        Err(error) => error,
    }
}
