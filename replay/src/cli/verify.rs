//! `replay verify`.

use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use tidings_eventstore::PartitionReport;
use tidings_replay::{LogReport, Swap, Unreadable, verify_log};
use tidings_wiring::{StartError, counted};

use super::Done;
use super::compared;
use super::effort::Effort;
use super::integrity;
use super::places::Places;
use super::rebuild::rebuild;
use super::report::Report;

/// Proves the log and the read model, and changes nothing.
///
/// Of the log: numbers and versions without a gap, times in order, commands once, the chain of hashes, and that this
/// program can read every event. Of the read model: that it equals one that is built anew from the log, row for row. Of
/// both, where they are SQLite's files, that these are whole, indexes too.
/// Exit code 3 where one of them is not so.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) effort: Effort,
    /// Only the log.
    #[arg(long, conflicts_with = "views_only")]
    log_only: bool,
    /// Only the read model.
    #[arg(long)]
    views_only: bool,
    /// The most differing rows of each table that are shown.
    #[arg(long, default_value_t = 10)]
    differences: usize,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let Args { effort, log_only, views_only, differences } = args;
    let mut exit = ExitCode::SUCCESS;
    if !views_only {
        exit = log(effort.options().workers, places, report).await?;
    }
    if !log_only {
        let whole = integrity::of_views(places, report).await?;
        let (rebuilt, _) = rebuild(&effort, Swap::Never { differences }, places, report).await?;
        let views = compared::tell(&rebuilt.proof, report);
        if !whole {
            exit = ExitCode::from(compared::DIFFERENT);
        }
        if exit == ExitCode::SUCCESS {
            exit = views;
        }
    }
    Ok(exit)
}

async fn log(workers: usize, places: &Places, report: &Report) -> Done {
    let log = places.patient_log(report).await?;
    let began = Instant::now();
    let found = verify_log(&log.store, workers, |progress| report.progress(progress))
        .await
        .map_err(StartError::new)?;
    log.close().await;
    let sound = integrity::of_log(places, report).await? && found.is_sound();
    tell(&found, sound, began.elapsed().as_secs_f64(), report);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(compared::DIFFERENT) })
}

fn tell(found: &LogReport, sound: bool, seconds: f64, report: &Report) {
    for (partition, proven) in found.partitions.iter().enumerate() {
        match proven {
            Ok(PartitionReport { commits, events, streams, head, .. }) => report.say(
                format_args!(
                    "partition {partition}: {}, {}, {}, head {}",
                    counted(*commits, "commit", "commits"),
                    counted(*events, "event", "events"),
                    counted(*streams, "stream", "streams"),
                    head.hash
                ),
                || {
                    json!({ "partition": partition, "intact": true, "commits": commits, "events": events,
                            "streams": streams, "head": head.hash.to_string() })
                },
            ),
            Err(error) => report.say(
                format_args!("partition {partition}: {error}"),
                || json!({ "partition": partition, "intact": false, "error": error.to_string() }),
            ),
        }
    }
    for Unreadable { name, schema, cause, events, first } in &found.unreadable {
        let words = format_args!(
            "{} {name} of schema {schema} cannot be read, the first at {first}: {cause}",
            counted(*events, "event", "events")
        );
        report.say(words, || {
            json!({ "unreadable": { "event": name, "schema": schema, "events": events, "first": first.to_string(),
                                    "cause": cause.to_string() } })
        });
    }
    for (kind, events) in &found.foreign {
        report.say(
            format_args!(
                "not read, as another program's: {} of streams {kind}-…",
                counted(*events, "event", "events")
            ),
            || json!({ "foreign": { "kind": kind, "events": events } }),
        );
    }
    let shared = &found.shared_commands;
    if shared.count > 0 {
        let examples: Vec<_> = shared.examples.iter().map(ToString::to_string).collect();
        report.say(
            format_args!(
                "{} made commits in several partitions, which is legal: {}",
                counted(shared.count, "command", "commands"),
                examples.join(" ")
            ),
            || json!({ "shared_commands": { "count": shared.count, "examples": examples } }),
        );
    }
    let (commits, events) = (found.commits(), found.events());
    let verdict =
        if sound { "as it was written, and this program reads all of it" } else { "NOT sound; see above" };
    report.say(
        format_args!(
            "the log: {} with {} in {seconds:.1} s, {verdict}",
            counted(commits, "commit", "commits"),
            counted(events, "event", "events")
        ),
        || json!({ "log": { "sound": sound, "commits": commits, "events": events, "seconds": seconds } }),
    );
}
