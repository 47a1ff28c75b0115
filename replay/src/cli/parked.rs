//! `replay parked`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;
use tidings_projections::{Parked, Retried, social};
use tidings_replay::{list_parked, retry_parked};
use tidings_wiring::StartError;

use super::Done;
use super::places::Places;
use super::report::Report;

/// Events that could not be applied, and those of their streams that wait behind them.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Lists them.
    List,
    /// Tries them again, each stream in order.
    Retry,
}

pub(crate) async fn run(verb: Verb, places: &Places, report: &Report) -> Done {
    let model = places.views.open()?;
    match verb {
        Verb::List => {
            let parked = list_parked(&*model, &social::group()).await.map_err(StartError::new)?;
            tell(&parked, report);
            Ok(ExitCode::SUCCESS)
        }
        Verb::Retry => {
            let log = places.log().await?;
            let retried = retry_parked(&log.store, model, social::group()).await.map_err(StartError::new)?;
            log.close().await;
            let Retried { applied, parked } = retried;
            report.say(
                format_args!("{applied} events are applied now, {parked} stay parked"),
                || json!({ "retried": { "applied": applied, "parked": parked } }),
            );
            Ok(if parked == 0 { ExitCode::SUCCESS } else { ExitCode::from(4) })
        }
    }
}

fn tell(parked: &[Parked], report: &Report) {
    for Parked { position, index, stream, event, error, parked_at } in parked {
        let why = if error.is_empty() { "waits behind an earlier event of its stream" } else { error };
        report.say(format_args!("{position} {event} of {stream}, since {parked_at}: {why}"), || {
            json!({ "at": position.to_string(), "index": index, "stream": stream, "event": event,
                    "error": error, "parked_at": parked_at })
        });
    }
    if parked.is_empty() {
        report.add("no event is parked");
    }
}
