//! `replay strange`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};
use tidings_projections::{Strange, StrangeKind, social};
use tidings_replay::{clear_strange, list_strange};
use tidings_wiring::StartError;

use super::Done;
use super::places::Places;
use super::report::Report;

/// Records on the bus that are no events of the log.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Lists them, by partition and cause.
    List,
    /// Clears those of one cause, or all: somebody has seen them. Alarms count them no more, and those that come later anew.
    Clear {
        /// The cause, as the list has it.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        cause: Option<String>,
        /// Clears those of every cause.
        #[arg(long)]
        all: bool,
    },
}

pub(crate) async fn run(verb: Verb, places: &Places, report: &Report) -> Done {
    let (model, group) = (places.views_in_use().await?, social::group());
    match verb {
        Verb::List => {
            let kinds = list_strange(&*model, &group).await.map_err(StartError::new)?;
            kinds.iter().for_each(|kind| report.say(line(kind), || object(kind)));
            if kinds.is_empty() {
                report.add("there are no strange records on the bus");
            }
        }
        Verb::Clear { cause, all: _ } => {
            let cleared = clear_strange(&*model, &group, cause.as_deref()).await.map_err(StartError::new)?;
            for kind in &cleared {
                report.say(format_args!("cleared: {}", line(kind)), || json!({ "cleared": object(kind) }));
            }
            if cleared.is_empty() {
                report.add("there was nothing to clear");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(StrangeKind { records, first_at, last_at }: &StrangeKind) -> String {
    let Strange { partition, cause, first, last, count } = records;
    format!("{count} in partition {partition}, at {first} to {last}, from {first_at} to {last_at}: {cause}")
}

fn object(StrangeKind { records, first_at, last_at }: &StrangeKind) -> Value {
    let Strange { partition, cause, first, last, count } = records;
    json!({ "partition": partition, "cause": cause, "count": count, "first": first, "last": last,
            "first_at": first_at, "last_at": last_at })
}
