//! A commit as a row, and back.

use rusqlite::{Row, Statement};
use tidings_domain::{Position, Timestamp};
use uuid::Uuid;

use super::events;
use crate::{Commit, Hash, ReadError};

/// Why a commit cannot be a row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("a commit cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("number or version {0} is beyond what the file can hold")]
    Number(u64),
    #[error("no partition {0}")]
    Partition(u16),
}

/// Inserts a commit; `false` where one of its keys is taken. `json` is room that is used again.
pub(crate) fn insert(
    statement: &mut Statement<'_>,
    commit: &Commit,
    json: &mut String,
) -> Result<bool, WriteError> {
    json.clear();
    events::write(&commit.events, json)?;
    let whole = |number: u64| i64::try_from(number).map_err(|_| WriteError::Number(number));
    statement.raw_bind_parameter(1, whole(commit.position.number)?)?;
    statement.raw_bind_parameter(2, commit.stream.as_str())?;
    statement.raw_bind_parameter(3, whole(commit.first_version)?)?;
    statement.raw_bind_parameter(4, whole(commit.last_version())?)?;
    statement.raw_bind_parameter(5, &commit.id.as_bytes()[..])?;
    statement.raw_bind_parameter(6, &commit.command.as_bytes()[..])?;
    statement.raw_bind_parameter(7, &commit.correlation.as_bytes()[..])?;
    statement.raw_bind_parameter(8, commit.causation.as_ref().map(|id| &id.as_bytes()[..]))?;
    statement.raw_bind_parameter(9, &commit.actor.as_bytes()[..])?;
    statement.raw_bind_parameter(10, commit.occurred_at.map(Timestamp::millis))?;
    statement.raw_bind_parameter(11, commit.recorded_at.millis())?;
    statement.raw_bind_parameter(12, &commit.hash.0[..])?;
    statement.raw_bind_parameter(13, json.as_str())?;
    Ok(statement.raw_execute()? == 1)
}

/// The commit of a row with [`COLUMNS`](super::schema::COLUMNS).
pub(crate) fn commit(partition: u16, row: &Row<'_>) -> Result<Commit, ReadError> {
    let number = row.get_ref(0).ok().and_then(|n| n.as_i64().ok()).unwrap_or_default();
    read(partition, row).map_err(|cause| ReadError::Damaged { place: format!("{partition}:{number}"), cause })
}

fn read(partition: u16, row: &Row<'_>) -> Result<Commit, String> {
    let first_version = whole(row, 2)?;
    let commit = Commit {
        position: Position::new(partition, whole(row, 0)?),
        stream: text(row, 1)?.parse().map_err(|e| format!("{e}"))?,
        first_version,
        events: events::read(text(row, 12)?).map_err(|e| format!("events: {e}"))?,
        id: id(row, 4)?,
        command: id(row, 5)?,
        correlation: id(row, 6)?,
        causation: if is_null(row, 7) { None } else { Some(id(row, 7)?) },
        actor: id(row, 8)?,
        occurred_at: if is_null(row, 9) { None } else { Some(time(row, 9)?) },
        recorded_at: time(row, 10)?,
        hash: hash(row, 11)?,
    };
    if commit.events.is_empty() || commit.last_version() != whole(row, 3)? {
        return Err("last_version does not fit the number of events".into());
    }
    Ok(commit)
}

fn is_null(row: &Row<'_>, column: usize) -> bool {
    row.get_ref(column).is_ok_and(|value| value == rusqlite::types::ValueRef::Null)
}

fn blob<const N: usize>(row: &Row<'_>, column: usize) -> Result<[u8; N], String> {
    let value = row.get_ref(column).map_err(|e| e.to_string())?;
    let bytes = value.as_blob().map_err(|e| format!("column {column}: {e}"))?;
    bytes.try_into().map_err(|_| format!("column {column} has {} bytes, not {N}", bytes.len()))
}

fn id(row: &Row<'_>, column: usize) -> Result<Uuid, String> {
    blob(row, column).map(Uuid::from_bytes)
}

pub(crate) fn hash(row: &Row<'_>, column: usize) -> Result<Hash, String> {
    blob(row, column).map(Hash)
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, String> {
    let value = row.get_ref(column).map_err(|e| e.to_string())?;
    value.as_str().map_err(|e| format!("column {column}: {e}"))
}

pub(crate) fn whole(row: &Row<'_>, column: usize) -> Result<u64, String> {
    let value = row.get_ref(column).map_err(|e| e.to_string())?;
    let number = value.as_i64().map_err(|e| format!("column {column}: {e}"))?;
    u64::try_from(number).map_err(|_| format!("column {column} is negative"))
}

pub(crate) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, String> {
    let value = row.get_ref(column).map_err(|e| e.to_string())?;
    let millis = value.as_i64().map_err(|e| format!("column {column}: {e}"))?;
    Ok(Timestamp::from_millis(millis))
}
