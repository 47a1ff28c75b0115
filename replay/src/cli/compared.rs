//! How two read models compare, in words or as JSON.

use std::process::ExitCode;

use serde_json::{Map, Value as Json, json};
use tidings_projections::Value;
use tidings_replay::{Cell, Comparison, Difference, Kind, Proof, TableComparison};
use tidings_wiring::counted;

use super::report::Report;

/// The exit code where they differ, or where that is not known.
pub(super) const DIFFERENT: u8 = 3;

/// Tells it; the exit code is what it means.
pub(super) fn tell(proof: &Proof, report: &Report) -> ExitCode {
    match proof {
        Proof::Compared(comparison) => compared(comparison, report),
        Proof::Nothing(why) => {
            let words = format_args!("there is nothing to compare with: {why}");
            report.say(words, || json!({ "compared": { "nothing": why } }));
            ExitCode::from(DIFFERENT)
        }
        Proof::Impossible(why) => {
            let words = format_args!("the read model in use cannot be compared with the new one: {why}");
            report.say(words, || json!({ "compared": { "impossible": why } }));
            ExitCode::from(DIFFERENT)
        }
        Proof::Unproven => ExitCode::SUCCESS,
    }
}

fn compared(comparison: &Comparison, report: &Report) -> ExitCode {
    let at = comparison.numbers.iter().enumerate().map(|(partition, number)| format!("{partition}:{number}"));
    let at: Vec<String> = at.collect();
    for table in &comparison.tables {
        let TableComparison { table: name, live, new, only_live, only_new, changed, .. } = table;
        let words = match table.is_equal() {
            true => {
                let rows = counted(new.rows, "row", "rows");
                format!("{name}: {rows}, equal ({:.16})", new.to_string())
            }
            false => different(table),
        };
        report.say(words, || {
            json!({ "table": name, "equal": table.is_equal(),
                    "live": { "rows": live.rows, "hash": live.to_string() },
                    "new": { "rows": new.rows, "hash": new.to_string() },
                    "columns_added": table.columns_added, "columns_gone": table.columns_gone,
                    "only_live": only_live, "only_new": only_new, "changed": changed,
                    "first": table.first.iter().map(difference_json).collect::<Vec<_>>() })
        });
    }
    for name in &comparison.tables_gone {
        report.say(format_args!("{name}: only in use, DIFFERENT"), || json!({ "table_gone": name }));
    }
    if !comparison.parked_are_equal() {
        let (live, new) = (comparison.parked.0.len(), comparison.parked.1.len());
        let words = format_args!("parked events differ: {live} in use, {new} new");
        report.say(words, || json!({ "parked": { "live": live, "new": new } }));
    }
    let (equal, rows) = (comparison.is_equal(), comparison.rows());
    let words = match equal {
        true => format!("equal in all {}, compared at {}", counted(rows, "row", "rows"), at.join(" ")),
        false => format!("DIFFERENT, compared at {}", at.join(" ")),
    };
    report.say(words, || json!({ "compared": { "equal": equal, "rows": rows, "at": at } }));
    if equal { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) }
}

fn different(table: &TableComparison) -> String {
    let TableComparison { table: name, live, new, columns_added, columns_gone, .. } = table;
    let mut lines =
        vec![format!("{name}: {} in use, {} new, DIFFERENT", counted(live.rows, "row", "rows"), new.rows)];
    lines.extend(columns_added.iter().map(|column| format!("new column {column}")));
    lines.extend(columns_gone.iter().map(|column| format!("column gone {column}")));
    let TableComparison { only_live, only_new, changed, .. } = table;
    if table.differing() > 0 {
        lines.push(format!("{changed} changed, {only_live} only in use, {only_new} only new"));
    }
    lines.extend(table.first.iter().map(difference_words));
    let more = table.differing().saturating_sub(table.first.len() as u64);
    if more > 0 {
        lines.push(format!("… and {more} more; --differences N shows more of them"));
    }
    lines.join("\n  ")
}

fn difference_words(Difference { key, kind }: &Difference) -> String {
    let list = |cells: &[Cell]| {
        cells.iter().map(|(column, value)| format!("{column}={}", shown(value))).collect::<Vec<_>>().join(" ")
    };
    let key = list(key);
    match kind {
        Kind::OnlyLive(cells) => format!("- {key}: only in use: {}", list(cells)),
        Kind::OnlyNew(cells) => format!("+ {key}: only new: {}", list(cells)),
        Kind::Changed(columns) => {
            let change = |(column, live, new): &(&str, Value, Value)| {
                format!("{column} in use {}, new {}", shown(live), shown(new))
            };
            format!("~ {key}: {}", columns.iter().map(change).collect::<Vec<_>>().join("; "))
        }
    }
}

/// How many characters of a text are shown.
const TEXT: usize = 60;

fn shown(value: &Value) -> String {
    match json_of(value) {
        Json::String(text) if text.chars().count() > TEXT => {
            format!("{:?}…", text.chars().take(TEXT).collect::<String>())
        }
        other => other.to_string(),
    }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Uuid(id) => json!(id.to_string()),
        Value::Time(time) => json!(time.to_string()),
    }
}

fn difference_json(Difference { key, kind }: &Difference) -> Json {
    let object = |cells: &[Cell]| -> Map<String, Json> {
        cells.iter().map(|(column, value)| ((*column).to_owned(), json_of(value))).collect()
    };
    let key = object(key);
    match kind {
        Kind::OnlyLive(cells) => json!({ "key": key, "only_live": object(cells) }),
        Kind::OnlyNew(cells) => json!({ "key": key, "only_new": object(cells) }),
        Kind::Changed(columns) => {
            let change = |(column, live, new): &(&str, Value, Value)| {
                ((*column).to_owned(), json!({ "live": json_of(live), "new": json_of(new) }))
            };
            json!({ "key": key, "changed": columns.iter().map(change).collect::<Map<_, _>>() })
        }
    }
}
