//! `replay commands`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};
use tidings_ledger::{Entry, Ledger, State, tie};
use tidings_replay::{cancel_command, list_commands, retry_command};
use tidings_wiring::{LedgerUrl, OpenLedger, StartError, counted, parse_count};
use tidings_world::{Handle, System};
use uuid::Uuid;

use super::Done;
use super::report::Report;

/// Commands that the ledger knows: listed, tried again, called off.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The ledger: sqlite:FOLDER or mssql://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, global = true, env = "TIDINGS_LEDGER", hide_env_values = true, conflicts_with = "data")]
    ledger: Option<LedgerUrl>,
    /// The folder of data of `tidings`, with its ledger; ./tidings-data where neither is given.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists them, newest first.
    List {
        /// Only those in this state, such as FAILED_TERMINAL.
        #[arg(long)]
        state: Option<State>,
        /// How many at most.
        #[arg(long, default_value_t = 100, value_parser = parse_count::<usize>)]
        most: usize,
    },
    /// Has a promised command tried again at once, its attempts counted anew: one that has failed, for good or not, or
    /// was called off.
    Retry {
        /// The command's id.
        command: Uuid,
    },
    /// Calls a promised command off that nobody is at: it is not carried out any more.
    Cancel {
        /// The command's id.
        command: Uuid,
    },
    /// Unties the ledger from its log: it is of the log of the next command or process host that starts with it. For a log that was
    /// brought back by `replay import`, which is another one as far as the ledger can tell.
    Untie,
}

pub(crate) async fn run(args: Args, report: &Report) -> Done {
    let Args { ledger, data, verb } = args;
    let folder = || LedgerUrl::Sqlite(data.unwrap_or_else(|| "./tidings-data".into()));
    let url = ledger.unwrap_or_else(folder);
    let mut open = url.open_to_read().await?;
    if !matches!(verb, Verb::List { .. }) {
        // Only one that is there is opened for writing, which would make one.
        open.close().await;
        open = url.open().await?;
    }
    let done = operate(verb, &open, report).await;
    open.close().await;
    done
}

async fn operate(verb: Verb, open: &OpenLedger, report: &Report) -> Done {
    let missing =
        || StartError::usage("--ledger none keeps no commands: name the ledger of the command hosts");
    let ledger: Arc<dyn Ledger> = open.ledger().ok_or_else(missing)?;
    let world: Handle = Arc::new(System::new());
    match verb {
        Verb::List { state, most } => {
            let entries = list_commands(&*ledger, state, most).await.map_err(StartError::new)?;
            entries.iter().for_each(|entry| report.say(line(entry), || object(entry)));
            if entries.is_empty() {
                report.add("no such command is known");
            }
        }
        Verb::Retry { command } => {
            let entry = retry_command(&*ledger, &*world, command).await.map_err(StartError::new)?;
            let told = format_args!("{command} is tried again by the command hosts");
            report.say(told, || json!({ "retried": object(&entry) }));
        }
        Verb::Cancel { command } => {
            let entry = cancel_command(&*ledger, &*world, command).await.map_err(StartError::new)?;
            report.say(format_args!("{command} is called off"), || json!({ "cancelled": object(&entry) }));
        }
        Verb::Untie => match tie::untie(&*ledger, world.now()).await.map_err(StartError::new)? {
            Some(log) => {
                let told = format_args!("the ledger was of the log {log}, and is now of the next that comes");
                report.say(told, || json!({ "untied": log }));
            }
            None => report.add("the ledger was tied to no log"),
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn line(entry: &Entry) -> String {
    let Entry { id, name, state, attempts, received_at, .. } = entry;
    let mut line = format!("{id} {name} {state}, received {received_at}, ");
    line.push_str(&counted(*attempts, "attempt", "attempts"));
    let parts = [
        entry.position.map(|at| format!(", at {at}")),
        entry.next_attempt_at.map(|at| format!(", next at {at}")),
        why(entry).map(|error| format!(": {error}")),
    ];
    parts.into_iter().flatten().for_each(|part| line.push_str(&part));
    line
}

/// Why it was refused, or what failed the last time.
fn why(entry: &Entry) -> Option<String> {
    let refused = || error(entry)?.get("message")?.as_str().map(ToOwned::to_owned);
    entry.last_error.clone().or_else(refused)
}

/// The error with which it was refused, given up or called off, as its reply had it.
fn error(entry: &Entry) -> Option<Value> {
    serde_json::from_str(entry.error()?).ok()
}

fn object(entry: &Entry) -> Value {
    json!({ "command": entry.id, "name": entry.name, "state": entry.state.as_str(), "actor": entry.actor,
            "promised": entry.promised, "attempts": entry.attempts, "received_at": entry.received_at,
            "updated_at": entry.updated_at, "next_attempt_at": entry.next_attempt_at,
            "last_error": entry.last_error, "at": entry.position, "error": error(entry) })
}
