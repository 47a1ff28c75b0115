//! Cells: values to SQLite's types and back.

use std::borrow::Cow;

use rusqlite::Statement;
use rusqlite::types::{Null, ValueRef};

use crate::Value;

/// Binds a value: ids as hyphenated text, times as RFC 3339 text with milliseconds, truth as 0 or 1.
pub(super) fn bind(statement: &mut Statement<'_>, place: usize, value: &Value) -> rusqlite::Result<()> {
    match value {
        Value::Null => statement.raw_bind_parameter(place, Null),
        Value::Bool(truth) => statement.raw_bind_parameter(place, truth),
        Value::Int(number) => statement.raw_bind_parameter(place, number),
        Value::Text(text) => statement.raw_bind_parameter(place, text),
        Value::Uuid(id) => {
            let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
            statement.raw_bind_parameter(place, &*id.hyphenated().encode_lower(&mut text))
        }
        Value::Time(time) => statement.raw_bind_parameter(place, time.to_string()),
    }
}

/// A cell as it is read. Ids and times come as text, truth as a number: SQLite knows no more.
pub(super) fn read(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            // Looking at whole texts first is several times faster than replacing as one goes.
            let text = std::str::from_utf8(bytes).map(Cow::Borrowed);
            Value::Text(text.unwrap_or_else(|_| String::from_utf8_lossy(bytes)).into_owned())
        }
    }
}
