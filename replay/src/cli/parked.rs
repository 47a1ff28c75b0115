//! `replay parked`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};
use tidings_projections::{Parked, Retried, social};
use tidings_replay::{ParkedId, ShownParked, Skipped, list_parked, retry_parked, show_parked, skip_parked};
use tidings_wiring::{StartError, counted};

use super::Done;
use super::places::Places;
use super::report::Report;

/// Events that could not be applied, and those of their streams that wait behind them.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Lists them.
    List,
    /// Shows one: the whole event, why it could not be applied, and what waits behind it.
    Show {
        /// Its position, such as 3:42; or 3:42/1 for the second event of that commit.
        #[arg(value_name = "POSITION[/INDEX]")]
        event: ParkedId,
    },
    /// Tries them again, each stream in order.
    Retry,
    /// Drops one for good: the read model will never show what it says. Those that wait behind it stay parked until
    /// `replay parked retry` tries them.
    Skip {
        /// Its position, such as 3:42; or 3:42/1 for the second event of that commit.
        #[arg(value_name = "POSITION[/INDEX]")]
        event: ParkedId,
    },
}

pub(crate) async fn run(verb: Verb, places: &Places, report: &Report) -> Done {
    let (model, group) = (places.views_in_use().await?, social::group());
    if let Verb::List = verb {
        let parked = list_parked(&*model, &group).await.map_err(StartError::new)?;
        parked.iter().for_each(|parked| report.say(line(parked), || object(parked)));
        if parked.is_empty() {
            report.add("no event is parked");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let log = places.log().await?;
    let done = match verb {
        Verb::List => Ok(ExitCode::SUCCESS),
        Verb::Show { event } => {
            let shown = show_parked(&log.store, &*model, &group, event).await;
            shown.map_err(StartError::new).map(|shown| show(&shown, report))
        }
        Verb::Retry => {
            let retried = retry_parked(&log.store, model, group).await;
            retried.map_err(StartError::new).map(|retried| tell_retried(retried, report))
        }
        Verb::Skip { event } => {
            let skipped = skip_parked(&log.store, model, group, event).await;
            skipped.map_err(StartError::new).map(|skipped| tell_skipped(&skipped, report))
        }
    };
    log.close().await;
    done
}

/// Code 4 where some stay parked.
fn code(parked: usize) -> ExitCode {
    if parked == 0 { ExitCode::SUCCESS } else { ExitCode::from(4) }
}

fn tell_retried(Retried { applied, parked }: Retried, report: &Report) -> ExitCode {
    report.say(
        format_args!(
            "{} now, {}",
            counted(applied, "event is applied", "events are applied"),
            counted(parked, "stays parked", "stay parked")
        ),
        || json!({ "retried": { "applied": applied, "parked": parked } }),
    );
    code(parked)
}

fn tell_skipped(Skipped { parked, behind, left }: &Skipped, report: &Report) -> ExitCode {
    let Parked { position, index, stream, event, .. } = parked;
    report.say(
        format_args!(
            "dropped for good: {event} of {stream} at {position}/{index}; {}",
            counted(*left, "event stays parked", "events stay parked")
        ),
        || json!({ "skipped": { "event": object(parked), "behind": behind, "parked": left } }),
    );
    if *behind > 0 {
        report.add(format_args!(
            "{} behind it; try again with: replay parked retry",
            counted(*behind, "of them waits", "of them wait")
        ));
    }
    code(*left)
}

fn show(ShownParked { parked, event, before, behind }: &ShownParked, report: &Report) -> ExitCode {
    let data: Value =
        serde_json::from_str(&event.event.data).unwrap_or_else(|_| event.event.data.clone().into());
    let (version, schema, actor, recorded_at) =
        (event.version, event.event.schema, event.actor, event.recorded_at);
    report.say(
        format_args!(
            "{}\n  version {version} of its stream, schema {schema}\n  recorded {recorded_at} by {actor}, command {}\n  \
             data {}",
            line(parked),
            event.command,
            event.event.data,
        ),
        || {
            json!({ "parked": object(parked), "version": version, "schema": schema, "actor": actor,
                    "recorded_at": recorded_at, "occurred_at": event.occurred_at, "command": event.command,
                    "correlation": event.correlation, "causation": event.causation, "data": data,
                    "before": before.iter().map(object).collect::<Value>(),
                    "behind": behind.iter().map(object).collect::<Value>() })
        },
    );
    for (others, place) in [(before, "before"), (behind, "behind")] {
        if !others.is_empty() {
            report.add(format_args!("{} parked {place} it:", others.len()));
        }
        others.iter().for_each(|other| report.add(format_args!("  {}", line(other))));
    }
    ExitCode::SUCCESS
}

fn line(Parked { position, index, stream, event, error, parked_at, tried_at, tries }: &Parked) -> String {
    let tried = match tries {
        0 | 1 => String::new(),
        tries => format!(", tried {tries} times, last {tried_at}"),
    };
    let why = if error.is_empty() { "waits behind an earlier event of its stream" } else { error };
    format!("{position}/{index} {event} of {stream}, since {parked_at}{tried}: {why}")
}

fn object(Parked { position, index, stream, event, error, parked_at, tried_at, tries }: &Parked) -> Value {
    json!({ "at": position.to_string(), "index": index, "stream": stream, "event": event, "error": error,
            "parked_at": parked_at, "tried_at": tried_at, "tries": tries })
}
