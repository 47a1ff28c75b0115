//! Cells: values to PostgreSQL's types and back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tidings_domain::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type as Sql};
use uuid::Uuid;

use crate::{Type, Value};

use super::failure::Failure;

/// A parameter of a statement.
pub(super) type Param<'v> = Box<dyn ToSql + Sync + Send + 'v>;

/// The type of a parameter, and what to bind to it.
pub(super) fn bind(value: &Value) -> (Sql, Param<'_>) {
    match value {
        Value::Null => (Sql::TEXT, Box::new(None::<String>)),
        Value::Bool(truth) => (Sql::BOOL, Box::new(*truth)),
        Value::Int(number) => (Sql::INT8, Box::new(*number)),
        Value::Text(text) => (Sql::TEXT, Box::new(storable(text))),
        Value::Uuid(id) => (Sql::UUID, Box::new(*id)),
        Value::Time(time) => (Sql::TIMESTAMPTZ, Box::new(system_time(*time))),
    }
}

/// PostgreSQL has no text with NUL. What is looked for is not there then; what describes an error loses little.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// The name of a type.
pub(super) fn name(ty: Type) -> &'static str {
    match ty {
        Type::Uuid => "uuid",
        Type::Text => "text",
        Type::Int | Type::Counter => "bigint",
        Type::Flag => "boolean",
        Type::Time => "timestamp with time zone",
    }
}

/// As PostgreSQL's client knows it.
pub(super) fn sql(ty: Type) -> Sql {
    match ty {
        Type::Uuid => Sql::UUID,
        Type::Text => Sql::TEXT,
        Type::Int | Type::Counter => Sql::INT8,
        Type::Flag => Sql::BOOL,
        Type::Time => Sql::TIMESTAMPTZ,
    }
}

/// The cells of one column of many rows.
pub(super) fn column<'v>(ty: Type, cells: impl Iterator<Item = &'v Value>) -> Option<Param<'v>> {
    fn gather<'v, T>(
        cells: impl Iterator<Item = &'v Value>,
        pick: impl Fn(&'v Value) -> Option<T>,
    ) -> Option<Vec<Option<T>>> {
        cells.map(|cell| if *cell == Value::Null { Some(None) } else { pick(cell).map(Some) }).collect()
    }
    macro_rules! gather {
        ($pattern:pat => $cell:expr) => {
            Box::new(gather(cells, |cell| if let $pattern = cell { Some($cell) } else { None })?)
        };
    }
    Some(match ty {
        Type::Uuid => gather!(Value::Uuid(id) => *id),
        Type::Text => gather!(Value::Text(text) => text.as_str()),
        Type::Int | Type::Counter => gather!(Value::Int(number) => *number),
        Type::Flag => gather!(Value::Bool(truth) => *truth),
        Type::Time => gather!(Value::Time(time) => system_time(*time)),
    })
}

/// A cell as it is read.
pub(super) fn read(row: &Row, place: usize) -> Result<Value, Failure> {
    let ty = row.columns()[place].type_();
    let value = match *ty {
        Sql::BOOL => row.try_get::<_, Option<bool>>(place)?.map(Value::Bool),
        Sql::INT8 => row.try_get::<_, Option<i64>>(place)?.map(Value::Int),
        Sql::INT4 => row.try_get::<_, Option<i32>>(place)?.map(|number| Value::Int(number.into())),
        Sql::TEXT | Sql::VARCHAR | Sql::NAME => row.try_get::<_, Option<String>>(place)?.map(Value::Text),
        Sql::UUID => row.try_get::<_, Option<Uuid>>(place)?.map(Value::Uuid),
        Sql::TIMESTAMPTZ => row.try_get::<_, Option<SystemTime>>(place)?.map(|t| Value::Time(timestamp(t))),
        _ => return Err(Failure::Unfit(format!("a column has the type {ty}, which no value has"))),
    };
    Ok(value.unwrap_or(Value::Null))
}

pub(super) fn system_time(time: Timestamp) -> SystemTime {
    let since = Duration::from_millis(time.millis().unsigned_abs());
    let moment =
        if time.millis() < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) };
    moment.unwrap_or(UNIX_EPOCH)
}

pub(super) fn timestamp(time: SystemTime) -> Timestamp {
    let millis = |since: Duration| i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(match time.duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives() {
        for millis in [i64::MIN, -1, 0, 1, 1_234, i64::MAX] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(timestamp(system_time(time)), time);
        }
    }
}
