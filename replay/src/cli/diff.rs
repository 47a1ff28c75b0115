//! `replay diff`.

use serde_json::json;
use tidings_replay::Swap;
use tidings_wiring::counted;

use super::Done;
use super::compared;
use super::effort::Effort;
use super::places::Places;
use super::rebuild::rebuild;
use super::report::Report;

/// What would this program's projections change? Builds the read model anew, compares it with the one in use, and throws
/// it away: a dry run of `rebuild`, for the time before a new version is put to use. Exit code 3 where they differ.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) effort: Effort,
    /// The most differing rows of each table that are shown.
    #[arg(long, default_value_t = 100)]
    differences: usize,
}

pub(crate) async fn run(Args { effort, differences }: Args, places: &Places, report: &Report) -> Done {
    let (rebuilt, seconds) = rebuild(&effort, Swap::Never { differences }, places, report).await?;
    let exit = compared::tell(&rebuilt.proof, report);
    let (events, parked) = (rebuilt.events, rebuilt.parked);
    report.say(
        format_args!("from {} in {seconds:.1} s; nothing was changed", counted(events, "event", "events")),
        || json!({ "diff": { "events": events, "parked": parked, "seconds": seconds } }),
    );
    Ok(exit)
}
