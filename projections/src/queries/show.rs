//! Rows as JSON.

use std::fmt::Write;

use serde::de::IgnoredAny;

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

/// About how many bytes a row takes, so that texts need not grow as they are written.
pub(super) fn size(fields: Fields, cells: &[Value]) -> usize {
    let cell = |(field, cell): (&(&str, Show), &Value)| {
        field.0.len()
            + match cell {
                Value::Text(text) => text.len() + 6,
                Value::Uuid(_) => 42,
                _ => 30,
            }
    };
    fields.iter().zip(cells).map(cell).sum::<usize>() + 2
}

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
        (_, Value::Int(number)) => {
            // Writing to a text does not fail.
            let _ = write!(into, "{number}");
        }
        (Show::Json, Value::Text(json)) if is_one_line_of_json(json) => into.push_str(json),
        (Show::Json, Value::Text(text)) => quote(into, text),
        (Show::Plain, Value::Text(text)) => quote(into, text),
        (_, Value::Uuid(id)) => quote(into, &id.to_string()),
        (_, Value::Time(time)) => quote(into, &time.to_string()),
    }
}

/// What somebody may have changed in the tables by hand does not break the line of the answer.
fn is_one_line_of_json(text: &str) -> bool {
    !text.contains(['\n', '\r']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn quote(into: &mut String, text: &str) {
    // Without a way out of the loop it looks at many bytes at a time; few texts have anything to escape.
    let escape = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |found, byte| found | escape(byte)) {
        // A text always has a JSON form.
        into.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "null".into()));
    } else {
        into.push('"');
        into.push_str(text);
        into.push('"');
    }
}

/// Whether a flag is set; SQLite gives 0 or 1.
pub(super) fn flag(cell: Option<&Value>) -> bool {
    matches!(cell, Some(Value::Bool(true))) || matches!(cell, Some(Value::Int(number)) if *number != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_quoted_as_json_has_it() {
        let one_byte = (0..=127_u8).map(|byte| format!("a{}b", char::from(byte)));
        let others = ["", "\u{80}", "Zoë \u{1F600}\u{2028}", &"x".repeat(1_000), "\\\"\n"].map(String::from);
        for text in one_byte.chain(others) {
            let mut quoted = String::new();
            quote(&mut quoted, &text);
            assert_eq!(quoted, serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn damaged_json_is_shown_as_the_text_that_it_is() {
        let fields: Fields = &[("a", Show::Json), ("b", Show::Json), ("c", Show::Json)];
        let cells = [r#"["x"]"#, "[\n]", "[1"].map(Value::from);
        let mut row = String::new();
        object(&mut row, fields, &cells);
        assert_eq!(row, r#"{"a":["x"],"b":"[\n]","c":"[1"}"#);
    }

    #[test]
    fn a_row_fits_into_its_size() {
        let fields: Fields = &[("a", Show::Plain), ("b", Show::Plain), ("c", Show::Plain), ("d", Show::Json)];
        let cells = [Value::Int(i64::MIN), "x".into(), uuid::Uuid::max().into(), "{}".into()];
        let mut row = String::new();
        object(&mut row, fields, &cells);
        assert!(row.len() <= size(fields, &cells), "{row}");
    }
}
