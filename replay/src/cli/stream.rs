//! `replay stream`.

use std::process::ExitCode;

use serde_json::{Value, json};
use tidings_domain::{Recorded, StreamId};
use tidings_replay::{StateAt, stream_at};
use tidings_wiring::{StartError, parse_count};

use super::Done;
use super::places::Places;
use super::report::Report;

/// Tells an aggregate's history in words, and its state at any version. Times are those at which events were recorded.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stream, such as post-01930000-0000-7000-8000-00000000000a.
    stream: StreamId,
    /// The version up to which; without it, the last.
    #[arg(long, value_parser = parse_count::<u64>)]
    version: Option<u64>,
}

pub(crate) async fn run(args: Args, places: &Places, report: &Report) -> Done {
    let log = places.log().await?;
    let told = stream_at(&log.store, &args.stream, args.version, |event| tell(event, report)).await;
    log.close().await;
    let StateAt { version, last, state } = told.map_err(StartError::new)?;
    let state =
        state.map_err(|error| StartError::new(format_args!("there is no state at {version}: {error}")))?;
    let of = if version < last { format!(" of {last}") } else { String::new() };
    report.say(
        format_args!("\nat version {version}{of}:{}", lines(&state)),
        || json!({ "stream": args.stream, "version": version, "last": last, "state": state }),
    );
    Ok(ExitCode::SUCCESS)
}

fn tell(recorded: &Recorded, report: &Report) {
    let Recorded { version, position, recorded_at, occurred_at, actor, event, .. } = recorded;
    let data: Value = serde_json::from_str(&event.data).unwrap_or_else(|_| event.data.clone().into());
    let claimed = occurred_at.map(|at| format!(" (happened {at})")).unwrap_or_default();
    let (name, says) = (&event.name, words(recorded, &data));
    report.say(
        format_args!("{version:>4}  {recorded_at}  by {actor}  {name}{says}{claimed}  [{position}]"),
        || {
            json!({ "version": version, "at": position.to_string(), "recorded_at": recorded_at,
                "occurred_at": occurred_at, "actor": actor, "command": recorded.command, "event": name,
                "schema": event.schema, "data": data })
        },
    );
}

/// The fields of the data that say more than the stream's id and the actor do.
fn words(recorded: &Recorded, data: &Value) -> String {
    let Value::Object(fields) = data else { return format!(": {data}") };
    let actor = recorded.actor.to_string();
    let told = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text == actor || recorded.stream.as_str().contains(text) && text.len() >= 36)
    };
    let fields = fields.iter().filter(|(_, value)| !told(value) && !value.is_null());
    let words: Vec<String> = fields.map(|(name, value)| format!("{name} {value}")).collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}

/// The fields of a state, a line each.
fn lines(state: &Value) -> String {
    let fields = state.as_object().into_iter().flatten();
    fields.map(|(name, value)| format!("\n  {name}: {value}")).collect()
}
