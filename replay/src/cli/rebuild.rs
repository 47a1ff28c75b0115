//! `replay rebuild`.

use std::process::ExitCode;
use std::time::Instant;

use clap::builder::PossibleValuesParser;
use serde_json::json;
use tidings_projections::social;
use tidings_replay::{Proof, Rebuild, Rebuilt, Swap};
use tidings_wiring::{StartError, counted};

use super::Done;
use super::compared;
use super::effort::Effort;
use super::places::Places;
use super::report::Report;

/// Builds the read model anew from the log, beside the one in use, proves that the two are equal, and swaps.
///
/// Queries, commands and live projection go on meanwhile. Where the two differ nothing is swapped (exit code 3), and what
/// differs is told; with --accept it is told and swapped all the same, with --projection where nothing else differs. The
/// one that was in use before is kept until the next rebuild, or `replay drop-old`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) effort: Effort,
    /// Swap also where the new read model differs from the one in use: after a projection was mended or changed.
    #[arg(long)]
    accept: bool,
    /// Swap also where these tables differ, such as `posts,profiles`, and no other: after the projection that fills them was
    /// mended. All tables of the group are built, since they share their checkpoints, and all others are proven equal.
    #[arg(long, value_name = "TABLE", value_delimiter = ',', conflicts_with = "accept", value_parser = tables())]
    projection: Vec<String>,
    /// The most differing rows of each table that are shown.
    #[arg(long, default_value_t = 10)]
    differences: usize,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let Args { effort, accept, projection, differences } = args;
    let swap = if accept {
        Swap::Always { differences }
    } else {
        let tables = social::group().tables().into_iter().map(|table| table.name);
        let tables = tables.filter(|name| projection.iter().any(|given| given == name)).collect();
        Swap::IfEqualBut { tables, differences }
    };
    let (rebuilt, seconds) = rebuild(&effort, swap, places, report).await?;
    let exit = compared::tell(&rebuilt.proof, report);
    tell(&rebuilt, seconds, report);
    Ok(if rebuilt.swapped { ExitCode::SUCCESS } else { exit })
}

/// What may be named.
fn tables() -> PossibleValuesParser {
    let tables = social::group().tables();
    PossibleValuesParser::new(tables.into_iter().map(|table| table.name))
}

/// Rebuilds, and tells how many seconds it took.
pub(super) async fn rebuild(
    effort: &Effort,
    swap: Swap,
    places: &Places,
    report: &Report,
) -> Result<(Rebuilt, f64), StartError> {
    let group = effort.group();
    let log = places.patient_log(report).await?;
    let began = Instant::now();
    let progress = |progress| report.progress(progress);
    let rebuild = Rebuild { store: &log.store, world: &log.world, group, options: effort.options() };
    let rebuilt = rebuild.run(&mut *places.shadows(), swap, progress).await.map_err(StartError::new)?;
    log.close().await;
    Ok((rebuilt, began.elapsed().as_secs_f64()))
}

fn tell(rebuilt: &Rebuilt, seconds: f64, report: &Report) {
    let Rebuilt { events, parked, numbers, proof, swapped, spent } = rebuilt;
    let rate = *events as f64 / seconds.max(0.001);
    let what = match (swapped, proof) {
        (true, Proof::Compared(_)) => "swapped in; the one before is kept until `replay drop-old`",
        (true, _) => "swapped in",
        (false, Proof::Compared(comparison)) if comparison.parked_are_equal() => {
            "NOT swapped in: it differs; see above, and swap it in with --accept, or with --projection and the tables that \
             may differ, if that is as it should be"
        }
        (false, _) => "NOT swapped in; see above, and swap it in with --accept if that is as it should be",
    };
    let [build, settle, compare] =
        [spent.build, spent.settle, spent.compare].map(|spent| spent.as_secs_f64());
    report.say(
        format_args!(
            "rebuilt from {} in {seconds:.1} s ({rate:.0} a second; built in {build:.1} s, settled in \
             {settle:.1} s, compared in {compare:.1} s), {what}",
            counted(*events, "event", "events")
        ),
        || {
            json!({ "rebuilt": { "events": events, "parked": parked, "numbers": numbers, "seconds": seconds,
                                 "build_s": build, "settle_s": settle, "compare_s": compare, "swapped": swapped } })
        },
    );
    if *parked > 0 {
        let parked = counted(*parked, "event is parked", "events are parked");
        report.add(format_args!("{parked}; see: replay parked list"));
    }
}
