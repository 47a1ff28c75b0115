//! Rows as JSON.

use crate::Value;

/// How a cell is shown. Stores differ in the types that they give back; this says what is meant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Show {
    /// As it is: a number, or a text for texts, ids and times.
    Plain,
    /// JSON that is stored as text.
    Json,
}

/// The fields of an object, in the order of the first columns of its rows.
pub(super) type Fields = &'static [(&'static str, Show)];

/// Writes the object of a row; cells beyond the fields are not shown.
pub(super) fn object(into: &mut String, fields: Fields, cells: &[Value]) {
    into.push('{');
    members(into, fields, cells);
    into.push('}');
}

/// Writes the fields of a row without braces.
pub(super) fn members(into: &mut String, fields: Fields, cells: &[Value]) {
    for (place, ((name, show), cell)) in fields.iter().zip(cells).enumerate() {
        into.push_str(if place > 0 { ",\"" } else { "\"" });
        into.push_str(name);
        into.push_str("\":");
        value(into, *show, cell);
    }
}

fn value(into: &mut String, show: Show, cell: &Value) {
    match (show, cell) {
        (_, Value::Null) => into.push_str("null"),
        (_, Value::Bool(truth)) => into.push_str(if *truth { "true" } else { "false" }),
        (_, Value::Int(number)) => into.push_str(&number.to_string()),
        (Show::Json, Value::Text(json)) => into.push_str(json),
        (Show::Plain, Value::Text(text)) => quote(into, text),
        (_, Value::Uuid(id)) => quote(into, &id.to_string()),
        (_, Value::Time(time)) => quote(into, &time.to_string()),
    }
}

fn quote(into: &mut String, text: &str) {
    // A text always has a JSON form.
    into.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "null".into()));
}

/// Whether a flag is set; SQLite gives 0 or 1.
pub(super) fn flag(cell: Option<&Value>) -> bool {
    matches!(cell, Some(Value::Bool(true))) || matches!(cell, Some(Value::Int(number)) if *number != 0)
}
