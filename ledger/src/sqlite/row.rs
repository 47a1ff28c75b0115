//! An entry as a row.

use rusqlite::types::Type;
use rusqlite::{Error, Row};
use tidings_domain::Timestamp;
use uuid::Uuid;

use crate::Entry;

/// The columns of an entry, in the order in which they are read.
pub(super) const COLUMNS: &str = "number, id, digest, name, actor, promised, state, attempts, fence, host, \
     lease_until, next_attempt_at, received_at, updated_at, last_error, position, outcome";

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        number: row.get::<_, i64>(0)?.unsigned_abs(),
        id: id(row, 1)?,
        digest: row.get(2)?,
        name: row.get(3)?,
        actor: id(row, 4)?,
        promised: row.get(5)?,
        state: text(row, 6)?,
        attempts: row.get(7)?,
        fence: row.get::<_, i64>(8)?.unsigned_abs(),
        host: row.get::<_, Option<[u8; 16]>>(9)?.map(Uuid::from_bytes),
        lease_until: row.get::<_, Option<i64>>(10)?.map(Timestamp::from_millis),
        next_attempt_at: row.get::<_, Option<i64>>(11)?.map(Timestamp::from_millis),
        received_at: Timestamp::from_millis(row.get(12)?),
        updated_at: Timestamp::from_millis(row.get(13)?),
        last_error: row.get(14)?,
        position: row.get::<_, Option<String>>(15)?.map(|_| text(row, 15)).transpose()?,
        outcome: row.get(16)?,
    })
}

/// Whether an error is about what a row holds, and not about the file.
pub(super) fn is_unreadable(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
    )
}

pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

fn text<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
