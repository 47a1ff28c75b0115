//! The replay command line.

mod report;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tidings_eventstore::EventStore;
use tidings_projections::social;
#[cfg(feature = "servers")]
use tidings_replay::PostgresShadows;
use tidings_replay::{Options, Shadows, SqliteShadows, list_parked, rebuild, retry_parked};
use tidings_wiring::{OpenLog, StartError, StoreUrl, ViewsUrl, parse_args, run_program, stop_signal};
use tidings_world::{Handle, System};

use crate::report::Report;

/// Rebuilds read models from the log.
///
/// Exit codes: 0 done; 1 it failed, and the read model in use is as it was; 2 the command line is wrong;
/// 4 events stay parked; 130 stopped by a signal, and the read model in use is as it was.
#[derive(Parser)]
#[command(name = "replay", version)]
struct Args {
    /// The log: sqlite:FOLDER or mongodb://HOST:PORT/DATABASE.
    #[arg(
        long,
        global = true,
        env = "TIDINGS_STORE",
        hide_env_values = true,
        default_value = "sqlite:./tidings-data"
    )]
    store: StoreUrl,
    /// The read models: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(
        long,
        global = true,
        env = "TIDINGS_VIEWS",
        hide_env_values = true,
        default_value = "sqlite:./tidings-data"
    )]
    views: ViewsUrl,
    /// Print JSON, one object a line, in place of a bar and words.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Builds the read model anew from the log, beside the one in use, and swaps it in. Queries, commands and
    /// live projection go on meanwhile.
    Rebuild {
        /// The most events of one step; more is faster and takes more memory.
        #[arg(long, default_value_t = Options::default().step_events)]
        step_events: usize,
    },
    /// Events that could not be applied, and those of their streams that wait behind them.
    Parked {
        #[command(subcommand)]
        verb: ParkedVerb,
    },
}

#[derive(Subcommand)]
enum ParkedVerb {
    /// Lists them.
    List,
    /// Tries them again, each stream in order.
    Retry,
}

/// What a verb can end with.
type Done = Result<ExitCode, StartError>;

fn main() -> ExitCode {
    let args = parse_args::<Args>();
    run_program("replay", async {
        let report = Report::new(args.json);
        let done = tokio::select! { biased;
            () = stop_signal() => return Ok(ExitCode::from(130)),
            done = carry_out(args, &report) => done,
        };
        done.inspect_err(|error| report.failed(error))
    })
}

async fn carry_out(args: Args, report: &Report) -> Done {
    let world: Handle = Arc::new(System::new());
    let open = args.store.open_to_read().await?;
    let store = EventStore::start(open.log(), world.clone(), Default::default());
    let done = match args.verb {
        Verb::Rebuild { step_events } => {
            let mut shadows = shadows_of(&args.views);
            let options = Options { step_events: step_events.max(1), ..Options::default() };
            let progress = |progress| report.progress(progress);
            let rebuilt = rebuild(&store, &mut *shadows, social::group(), &world, options, progress).await;
            report.rebuilt(&rebuilt.map_err(StartError::new)?);
            Ok(ExitCode::SUCCESS)
        }
        Verb::Parked { verb } => parked(verb, &args.views, &store, report).await,
    };
    close(open, store).await;
    done
}

fn shadows_of(views: &ViewsUrl) -> Box<dyn Shadows> {
    match views {
        ViewsUrl::Sqlite(folder) => Box::new(SqliteShadows::new(folder)),
        #[cfg(feature = "servers")]
        ViewsUrl::Postgres(url) => Box::new(PostgresShadows::new(url.clone())),
    }
}

async fn parked(verb: ParkedVerb, views: &ViewsUrl, store: &EventStore, report: &Report) -> Done {
    let model = views.open()?;
    match verb {
        ParkedVerb::List => {
            let parked = list_parked(&*model, &social::group()).await.map_err(StartError::new)?;
            report.parked(&parked);
            Ok(ExitCode::SUCCESS)
        }
        ParkedVerb::Retry => {
            let retried = retry_parked(store, model, social::group()).await.map_err(StartError::new)?;
            report.retried(retried);
            Ok(if retried.parked == 0 { ExitCode::SUCCESS } else { ExitCode::from(4) })
        }
    }
}

async fn close(open: OpenLog, store: EventStore) {
    drop(store);
    open.close().await;
}
