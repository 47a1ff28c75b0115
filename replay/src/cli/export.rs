//! `replay export`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use tidings_eventstore::Head;
use tidings_replay::{Exported, Overwrite, export};
use tidings_wiring::{StartError, counted};

use super::Done;
use super::places::Places;
use super::report::Report;

/// Writes the whole log to a file: JSON lines with a header and an end, proven on the way. Commands go on meanwhile;
/// what they append after the start is not in it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file; compressed where it ends with .zst or .gz. It is there only when it is whole.
    file: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    overwrite: bool,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let log = places.patient_log(report).await?;
    let started = Instant::now();
    let overwrite = if args.overwrite { Overwrite::Yes } else { Overwrite::No };
    let progress = |progress| report.progress(progress);
    let exported = export(&log.store, &args.file, overwrite, log.world.now(), progress).await;
    log.close().await;
    let exported = exported.map_err(StartError::new)?;
    tell(&exported, &args.file.display().to_string(), started.elapsed().as_secs_f64(), report);
    Ok(ExitCode::SUCCESS)
}

fn tell(Exported { commits, events, heads, bytes }: &Exported, file: &str, seconds: f64, report: &Report) {
    let (rate, partitions) = (*commits as f64 / seconds.max(0.001), heads.len());
    report.say(
        format_args!(
            "exported {} ({}, {}) to {file}: {bytes} bytes, in \
             {seconds:.1} s ({rate:.0} commits a second)",
            counted(*commits, "commit", "commits"),
            counted(*events, "event", "events"),
            counted(partitions, "partition", "partitions")
        ),
        || {
            json!({ "exported": { "file": file, "commits": commits, "events": events, "bytes": bytes,
                                  "heads": shown(heads), "seconds": seconds } })
        },
    );
}

/// The heads of all partitions, each as its number and hash.
pub(super) fn shown(heads: &[Head]) -> serde_json::Value {
    heads.iter().map(|head| json!({ "number": head.number, "hash": head.hash.to_string() })).collect()
}
