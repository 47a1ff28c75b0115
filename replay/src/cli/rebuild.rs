//! `replay rebuild`.

use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use tidings_projections::social;
use tidings_replay::{Options, Rebuilt, rebuild};
use tidings_wiring::StartError;

use super::Done;
use super::places::Places;
use super::report::Report;

/// Builds the read model anew from the log, beside the one in use, and swaps it in. Queries, commands and live
/// projection go on meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The most events of one step; more is faster and takes more memory.
    #[arg(long, default_value_t = Options::default().step_events)]
    step_events: usize,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let log = places.log().await?;
    let started = Instant::now();
    let options = Options { step_events: args.step_events.max(1), ..Options::default() };
    let progress = |progress| report.progress(progress);
    let mut shadows = places.shadows();
    let rebuilt = rebuild(&log.store, &mut *shadows, social::group(), &log.world, options, progress).await;
    let rebuilt = rebuilt.map_err(StartError::new)?;
    log.close().await;
    tell(&rebuilt, started.elapsed().as_secs_f64(), report);
    Ok(ExitCode::SUCCESS)
}

fn tell(Rebuilt { events, parked, numbers }: &Rebuilt, seconds: f64, report: &Report) {
    let rate = *events as f64 / seconds.max(0.001);
    report.say(
        format_args!("rebuilt from {events} events in {seconds:.1} s ({rate:.0} a second), and swapped in"),
        || json!({ "rebuilt": { "events": events, "parked": parked, "numbers": numbers, "seconds": seconds } }),
    );
    if *parked > 0 {
        report.add(format_args!("{parked} events are parked; see: replay parked list"));
    }
}
