//! `replay import`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use tidings_eventstore::Log;
use tidings_replay::{ImportOptions, Imported, import, partitions_of, prove};
use tidings_wiring::{Before, StartError, counted, parse_partitions};

use super::Done;
use super::export::shown;
use super::places::Places;
use super::report::Report;

/// Brings a file that `replay export` wrote into --store, which must be new, empty, or what an import of the same file
/// left when it was interrupted. No host may run on it before this is done.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file.
    file: PathBuf,
    /// Make the log with so many partitions. Without it: as many as the log had that was exported, so that every
    /// position and hash is as it was; with another number both are made anew.
    #[arg(long, value_parser = parse_partitions)]
    partitions: Option<u16>,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let of_file = partitions_of(&args.file).await.map_err(StartError::new)?;
    let wanted = args.partitions.unwrap_or(of_file);
    let started = Instant::now();
    let progress = |progress| report.progress(progress);
    let before = places.store.look().await?;
    let proven = match before {
        Before::Log => None,
        // None is made for a file that is refused.
        Before::Place | Before::Nothing => {
            Some(prove(&args.file, wanted, progress).await.map_err(StartError::new)?)
        }
    };
    let open = places.store.open(wanted).await?;
    let log = open.log();
    let (options, fits) = (ImportOptions::default(), fits(&*log, wanted, of_file));
    let done = match (fits, proven) {
        (Err(error), _) => Err(error),
        (Ok(()), Some(proven)) => proven.import(&*log, options, progress).await.map_err(StartError::new),
        (Ok(()), None) => import(&args.file, &*log, options, progress).await.map_err(StartError::new),
    };
    drop(log);
    open.close().await;
    if done.is_err()
        && let Err(error) = places.store.remove_if_empty(before)
    {
        tracing::warn!(%error, "a log that was made in vain is still there");
    }
    tell(&done?, started.elapsed().as_secs_f64(), report);
    Ok(ExitCode::SUCCESS)
}

fn fits(log: &dyn Log, wanted: u16, of_file: u16) -> Result<(), StartError> {
    let found = log.shape().partitions;
    if found == wanted {
        return Ok(());
    }
    Err(StartError::new(format_args!(
        "the log in --store has {}, and not {wanted}: import into another, or, with positions and \
         hashes made anew (the file's log had {of_file}), pass --partitions {found}",
        counted(found, "partition", "partitions")
    )))
}

fn tell(Imported { commits, events, found, heads, same }: &Imported, seconds: f64, report: &Report) {
    let (new, partitions) = (commits - found, heads.len());
    let rate = new as f64 / seconds.max(0.001);
    let proven = match same {
        true => "its heads are the file's".to_owned(),
        false => {
            format!("positions and hashes are new, of {}", counted(partitions, "partition", "partitions"))
        }
    };
    report.say(
        format_args!(
            "imported {} in {seconds:.1} s ({rate:.0} a second); the log holds all {commits} of the file \
             ({}): {proven}",
            counted(new, "commit", "commits"),
            counted(*events, "event", "events")
        ),
        || {
            json!({ "imported": { "commits": commits, "events": events, "found": found, "heads": shown(heads),
                                  "same": same, "seconds": seconds } })
        },
    );
    if *found > 0 {
        let found = counted(*found, "commit was", "commits were");
        report.add(format_args!("{found} there already, from an import that was interrupted"));
    }
}
