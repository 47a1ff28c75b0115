//! What a read model does, on one connection, while the caller waits.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tidings_domain::Position;
use uuid::Uuid;

use crate::{Advance, ApplyError, Checkpoint, Group, Parked, ReadModelError, Rows, Select, Step};

use super::cell;
use super::connect::{unreadable, unwritten};
use super::upsert::Upserts;

/// SQLite's integers end at 2^63 - 1, beyond which there is no commit.
pub(super) fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn epoch(connection: &Connection, group: &str) -> rusqlite::Result<Option<u64>> {
    let sql = "SELECT parked_epoch FROM projection_groups WHERE name = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([group], |row| row.get::<_, i64>(0).map(i64::unsigned_abs)).optional()
}

/// The numbers of a group's checkpoint; none where it was never attached.
pub(super) fn numbers(connection: &Connection, group: &str) -> rusqlite::Result<Vec<u64>> {
    let sql = "SELECT number FROM checkpoints WHERE group_name = ?1 ORDER BY partition";
    let mut statement = connection.prepare_cached(sql)?;
    let numbers = statement.query_map([group], |row| row.get::<_, i64>(0).map(i64::unsigned_abs))?;
    numbers.collect()
}

/// The numbers of a group's checkpoint, and the ids of these commits.
fn places(connection: &Connection, group: &str) -> rusqlite::Result<(Vec<u64>, Vec<Uuid>)> {
    let sql = "SELECT number, commit_id FROM checkpoints WHERE group_name = ?1 ORDER BY partition";
    let mut statement = connection.prepare_cached(sql)?;
    let places = statement.query_map([group], |row| {
        let id: Option<String> = row.get(1)?;
        let id = id.map_or(Ok(Uuid::nil()), |id| id.parse());
        let id = id.map_err(|e| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(e)))?;
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), id))
    })?;
    places.collect()
}

/// Where a group stands, in one moment.
pub(super) fn checkpoint(connection: &Connection, group: &str) -> Result<Checkpoint, ReadModelError> {
    let transaction = connection.unchecked_transaction().map_err(|e| unreadable(&e))?;
    let unattached = || ReadModelError::Unavailable(format!("group {group} is not attached"));
    checkpoint_within(&transaction, group)?.ok_or_else(unattached)
}

/// As [`checkpoint`], in a transaction that has begun; `None` where the group was never attached.
pub(super) fn checkpoint_within(
    connection: &Connection,
    group: &str,
) -> Result<Option<Checkpoint>, ReadModelError> {
    let read = || Ok((epoch(connection, group)?, places(connection, group)?));
    let (epoch, (numbers, commits)) = read().map_err(|e: rusqlite::Error| unreadable(&e))?;
    Ok(epoch.map(|parked_epoch| Checkpoint { numbers, commits, parked_epoch }))
}

/// The parked events of a group, in the order of the log for each partition.
pub(super) fn parked(connection: &Connection, group: &str) -> Result<Vec<Parked>, ReadModelError> {
    let damaged = |e: String| ReadModelError::Unfit(format!("a parked event cannot be read: {e}"));
    let sql = "SELECT partition, number, place, stream, event, error, parked_at, tried_at, tries FROM parked \
               WHERE group_name = ?1 ORDER BY partition, number, place";
    let read = || -> rusqlite::Result<Vec<_>> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([group], |row| {
            let position = Position::new(row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs());
            let (stream, times): (String, [String; 2]) = (row.get(3)?, [row.get(6)?, row.get(7)?]);
            let tries = row.get::<_, i64>(8)?.unsigned_abs();
            Ok((position, row.get(2)?, stream, row.get(4)?, row.get(5)?, times, tries))
        })?;
        rows.collect()
    };
    let rows = read().map_err(|e| unreadable(&e))?;
    let parse =
        |(position, index, stream, event, error, times, tries): (_, _, String, _, _, [String; 2], _)| {
            let stream = stream.parse().map_err(|e| damaged(format!("{e}")))?;
            let time = |text: &String| text.parse().map_err(|e| damaged(format!("{e}")));
            let (parked_at, tried_at) = (time(&times[0])?, time(&times[1])?);
            Ok(Parked { position, index, stream, event, error, parked_at, tried_at, tries })
        };
    rows.into_iter().map(parse).collect()
}

/// Stores a step in one transaction, or nothing of it. `in_use` is asked once nobody else writes to the file: it may
/// have been held until another was in use.
pub(super) fn apply(
    connection: &mut Connection,
    group: &Group,
    step: &Step,
    in_use: impl FnOnce() -> bool,
) -> Result<(), ApplyError> {
    let failed = |e: rusqlite::Error| unwritten(&e);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    if !in_use() {
        return Err(ApplyError::Moved);
    }
    if epoch(&transaction, group.name).map_err(failed)? != Some(step.parked_epoch) {
        return Err(ApplyError::Moved);
    }
    for advance in &step.advances {
        move_on(&transaction, group.name, advance)?;
    }
    write_changes(&transaction, group, step)?;
    if !step.park.is_empty() || !step.unpark.is_empty() {
        unpark(&transaction, group.name, step)?;
        write_parked(&transaction, group.name, step).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

fn move_on(connection: &Connection, group: &str, advance: &Advance) -> Result<(), ApplyError> {
    let sql = "UPDATE checkpoints SET number = ?4, commit_id = ?5 \
               WHERE group_name = ?1 AND partition = ?2 AND number = ?3";
    let Advance { partition, from, to, commit } = *advance;
    let (from, to, commit) = (clamp(from), clamp(to), commit.to_string());
    let run = || connection.prepare_cached(sql)?.execute((group, partition, from, to, commit));
    match run().map_err(|e: rusqlite::Error| unwritten(&e))? {
        0 => Err(ApplyError::Moved),
        _ => Ok(()),
    }
}

fn write_changes(connection: &Connection, group: &Group, step: &Step) -> Result<(), ApplyError> {
    let tables = group.tables();
    let mut upserts = Upserts::new(connection);
    for (name, rows) in step.changes.tables() {
        let unknown = || ApplyError::Unfit(format!("group {} has no table {name}", group.name));
        let table = tables.iter().find(|t| t.name == name).ok_or_else(unknown)?;
        for (key, change) in rows {
            upserts.write(table, key, change)?;
        }
    }
    Ok(())
}

fn unpark(connection: &Connection, group: &str, step: &Step) -> Result<(), ApplyError> {
    let sql = "DELETE FROM parked WHERE group_name = ?1 AND partition = ?2 AND number = ?3 AND place = ?4";
    for (position, index) in &step.unpark {
        let key = (group, position.partition, clamp(position.number), index);
        let run = || connection.prepare_cached(sql)?.execute(key);
        if run().map_err(|e: rusqlite::Error| unwritten(&e))? == 0 {
            return Err(ApplyError::Moved);
        }
    }
    Ok(())
}

fn write_parked(connection: &Connection, group: &str, step: &Step) -> rusqlite::Result<()> {
    let park = "INSERT INTO parked VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
                ON CONFLICT DO UPDATE SET error = excluded.error, parked_at = excluded.parked_at, \
                tried_at = excluded.tried_at, tries = excluded.tries";
    for parked in &step.park {
        let Parked { position, index, stream, event, error, parked_at, tried_at, tries } = parked;
        let (partition, number) = (position.partition, clamp(position.number));
        let (parked_at, tried_at, tries) = (parked_at.to_string(), tried_at.to_string(), clamp(*tries));
        let row =
            (group, partition, number, index, stream.as_str(), event, error, parked_at, tried_at, tries);
        connection.prepare_cached(park)?.execute(row)?;
    }
    let sql = "UPDATE projection_groups SET parked_epoch = ?2 WHERE name = ?1";
    connection.prepare_cached(sql)?.execute((group, clamp(step.next_epoch())))?;
    Ok(())
}

/// Whether a group that stands at `numbers` has seen all positions.
pub(super) fn has_seen(numbers: &[u64], after: &[Position]) -> bool {
    let at = |p: &Position| numbers.get(usize::from(p.partition)).copied().unwrap_or(0);
    after.iter().all(|position| at(position) >= position.number)
}

/// The rows of a select.
pub(super) fn select(connection: &Connection, select: &Select) -> Result<Rows, ReadModelError> {
    let run = || -> rusqlite::Result<Rows> {
        let mut statement = connection.prepare_cached(select.sql)?;
        for (place, value) in (1..).zip(&select.params) {
            cell::bind(&mut statement, place, value)?;
        }
        let columns = statement.column_count();
        let mut found = Rows::default();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let mut cells = Vec::with_capacity(columns);
            for place in 0..columns {
                cells.push(cell::read(row.get_ref(place)?));
            }
            found.rows.push(cells);
        }
        Ok(found)
    };
    run().map_err(|e| unreadable(&e))
}
