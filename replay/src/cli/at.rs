//! `replay at`.

use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;
use tidings_domain::{Position, Timestamp};
use tidings_projections::sqlite::Generations;
#[cfg(feature = "servers")]
use tidings_replay::PostgresAside;
use tidings_replay::{Rebuild, Shadows, SqliteShadows, at_positions, at_time};
use tidings_wiring::{StartError, ViewsUrl, counted};

use super::Done;
use super::effort::Effort;
use super::places::Places;
use super::positions::{one_a_partition, parse_commit};
use super::report::Report;

/// Builds the read model as it stood at a time, or when a commit had just been recorded, into a place of its own.
///
/// With sqlite: that is a folder, on which a query host can be started; with postgres: the schema tidings_at_NAME of the
/// same database, for psql. It stays until you remove it.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) effort: Effort,
    /// The time, such as 2026-11-21T18:00:00Z.
    #[arg(long, required_unless_present = "position", conflicts_with = "position")]
    time: Option<Timestamp>,
    /// The last commits seen, such as 3:42,4:17, one of each partition at most; other partitions up to the time at which the
    /// last of them was recorded.
    #[arg(long, value_delimiter = ',', value_parser = parse_commit)]
    position: Vec<Position>,
    /// The folder, or the name of the schema.
    #[arg(long, value_name = "FOLDER|NAME", value_parser = NonEmptyStringValueParser::new())]
    into: String,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let Args { effort, time, position, into } = args;
    one_a_partition(&position)?;
    let group = effort.group();
    let (mut aside, look) = aside(&places.views, &into)?;
    let log = places.patient_log(report).await?;
    let numbers = match time {
        Some(time) => at_time(&log.store, time).await.map_err(StartError::new)?,
        None => at_positions(&log.store, &position).await.map_err(StartError::new)?,
    };
    let rebuild = Rebuild { store: &log.store, world: &log.world, group, options: effort.options() };
    let progress = |progress| report.progress(progress);
    let built = rebuild.at(&mut *aside, &numbers, progress).await.map_err(StartError::new)?;
    log.close().await;
    let at: Vec<String> = (0u16..).zip(&numbers).map(|(p, n)| Position::new(p, *n).to_string()).collect();
    let events = built.events;
    report.say(
        format_args!(
            "{}, up to {}; look at it with {look}",
            counted(events, "event", "events"),
            at.join(" ")
        ),
        || json!({ "at": { "positions": at, "events": events, "parked": built.parked, "look": look } }),
    );
    Ok(ExitCode::SUCCESS)
}

/// Where it goes, and how to look at it there.
fn aside(views: &ViewsUrl, into: &str) -> Result<(Box<dyn Shadows>, String), StartError> {
    match views {
        ViewsUrl::Sqlite(_) => {
            let generations = Generations::new(into);
            if generations.current().map_err(StartError::new)?.is_some() {
                return Err(StartError::new(format!(
                    "{into} holds a read model already; take another folder"
                )));
            }
            let next = generations.next().map_err(StartError::new)?;
            let file = generations.file(next);
            let look = format!("query-host --views sqlite:{into}, or sqlite3 -readonly {}", file.display());
            Ok((Box::new(SqliteShadows::new(into)), look))
        }
        #[cfg(feature = "servers")]
        ViewsUrl::Postgres(url) => {
            let aside = PostgresAside::new(url.clone(), into).map_err(StartError::usage)?;
            let look = format!("psql: SET search_path = {}", aside.schema());
            Ok((Box::new(aside), look))
        }
    }
}
