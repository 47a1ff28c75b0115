//! Tables as SQL, written so that `.schema` reads as a manual, and the check that what is stored has that shape.

use std::fmt::Write;

use rusqlite::{Connection, OptionalExtension, Row, types};
use tidings_domain::Origin;
use uuid::Uuid;

use crate::origin;
use crate::{Column, Group, Index, ReadModelError, Table, Type};

use super::connect::unreadable;

/// The tables that every read model has.
const OWN: &str = "
CREATE TABLE IF NOT EXISTS projection_groups (
  -- Groups of projections; each has checkpoints of its own.
  name TEXT NOT NULL PRIMARY KEY, -- its name
  parked_epoch INTEGER NOT NULL, -- another with every change of the parked events
  log TEXT -- the id of the log whose events it is made of; NULL where that has none
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checkpoints (
  -- Where a group stands: everything up to here is in its rows, or parked.
  group_name TEXT NOT NULL, -- the group
  partition INTEGER NOT NULL, -- the partition of the log, from 0
  number INTEGER NOT NULL, -- its last commit worked in; 0 is before the first
  commit_id TEXT, -- uuid: that commit's own id; NULL before the first
  PRIMARY KEY (group_name, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parked (
  -- Events that could not be applied, and later ones of their streams that wait behind them.
  group_name TEXT NOT NULL, -- the group
  partition INTEGER NOT NULL, -- the event's partition
  number INTEGER NOT NULL, -- the number of its commit
  place INTEGER NOT NULL, -- its place in the commit, from 0
  stream TEXT NOT NULL, -- its stream
  event TEXT NOT NULL, -- its stored name
  error TEXT NOT NULL, -- why it could not be applied; empty where it only waits
  parked_at TEXT NOT NULL, -- when it was parked
  tried_at TEXT NOT NULL, -- when it was tried last
  tries INTEGER NOT NULL, -- how often it was tried; 0 where it only waits
  PRIMARY KEY (group_name, partition, number, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS strange_records (
  -- Records on the bus that are no events of the log, by what is wrong with them.
  group_name TEXT NOT NULL, -- the group
  partition INTEGER NOT NULL, -- the partition of the bus
  cause TEXT NOT NULL, -- what is wrong with them
  count INTEGER NOT NULL, -- how many they are; 0 where they were cleared
  first_place INTEGER NOT NULL, -- where the first of them stands
  last_place INTEGER NOT NULL, -- where the last of them stands
  first_at TEXT NOT NULL, -- when the first of them was noticed
  last_at TEXT NOT NULL, -- when the last of them was noticed
  PRIMARY KEY (group_name, partition, cause)
) STRICT, WITHOUT ROWID;
";

/// When the indexes of queries are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Indexes {
    /// With the tables.
    Now,
    /// When all rows are there, which is faster.
    Last,
}

/// Makes what is missing of a group's tables and checkpoints, or says why what is there does not fit.
pub(super) fn attach(
    connection: &mut Connection,
    group: &Group,
    origin: Origin,
    first_epoch: u64,
    indexes: Indexes,
) -> Result<(), ReadModelError> {
    let failed = |e: rusqlite::Error| unreadable(&e);
    let behavior = rusqlite::TransactionBehavior::Immediate;
    let transaction = connection.transaction_with_behavior(behavior).map_err(failed)?;
    transaction.execute_batch(OWN).map_err(failed)?;
    for (table, newest) in [("projection_groups", "log"), ("checkpoints", "commit_id"), ("parked", "tries")] {
        if !columns(&transaction, table).map_err(failed)?.iter().any(|(name, ..)| name == newest) {
            return Err(other(format!("table {table} has another shape than this program's")));
        }
    }
    let stored = stored_origin(&transaction, group.name).map_err(failed)?;
    match stored {
        Some(stored) => {
            origin::check(group.name, stored, origin).map_err(ReadModelError::Unfit)?;
            if stored.log.is_none() && origin.log.is_some() {
                let sql = "UPDATE projection_groups SET log = ?2 WHERE name = ?1";
                transaction.execute(sql, (group.name, origin.log.map(text))).map_err(failed)?;
            }
        }
        None => {
            transaction
                .execute(
                    "INSERT INTO projection_groups VALUES (?1, ?2, ?3)",
                    (group.name, i64::try_from(first_epoch).unwrap_or(i64::MAX), origin.log.map(text)),
                )
                .map_err(failed)?;
            for partition in 0..origin.partitions {
                transaction
                    .execute("INSERT INTO checkpoints VALUES (?1, ?2, 0, NULL)", (group.name, partition))
                    .map_err(failed)?;
            }
        }
    }
    for table in group.tables() {
        attach_table(&transaction, &table, stored.is_none())?;
        if indexes == Indexes::Now {
            attach_indexes(&transaction, &table)?;
        }
    }
    transaction.commit().map_err(failed)
}

/// The log that a group was made for, where the group is there.
fn stored_origin(connection: &Connection, group: &str) -> rusqlite::Result<Option<Origin>> {
    let sql = "SELECT (SELECT count(*) FROM checkpoints WHERE group_name = name), log FROM projection_groups \
               WHERE name = ?1";
    let origin = |row: &Row<'_>| {
        let log: Option<String> = row.get(1)?;
        let log = log.map(|log| log.parse()).transpose();
        let log =
            log.map_err(|e| rusqlite::Error::FromSqlConversionFailure(1, types::Type::Text, Box::new(e)))?;
        Ok(Origin { partitions: row.get(0)?, log })
    };
    connection.query_row(sql, [group], origin).optional()
}

fn text(id: Uuid) -> String {
    id.to_string()
}

fn other(what: String) -> ReadModelError {
    ReadModelError::Unfit(format!("{what}; rebuild the read model with `replay rebuild --accept`"))
}

fn attach_table(connection: &Connection, table: &Table, make: bool) -> Result<(), ReadModelError> {
    let failed = |e: rusqlite::Error| unreadable(&e);
    let found = columns(connection, table.name).map_err(failed)?;
    if found.is_empty() && make {
        connection.execute_batch(&create_table(table)).map_err(failed)?;
    } else if found.is_empty() {
        return Err(other(format!("table {} is missing", table.name)));
    } else if found != expected(table) {
        return Err(other(format!("table {} has another shape than this program's", table.name)));
    }
    Ok(())
}

fn attach_indexes(connection: &Connection, table: &Table) -> Result<(), ReadModelError> {
    let failed = |e: rusqlite::Error| unreadable(&e);
    for index in table.indexes {
        let wanted = create_index(table, index);
        let stored = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1";
        let found: Option<String> =
            connection.query_row(stored, [index.name], |row| row.get(0)).optional().map_err(failed)?;
        match found {
            None => connection.execute_batch(&wanted).map_err(failed)?,
            Some(sql) if sql == wanted => {}
            Some(_) => {
                return Err(other(format!("index {} has another shape than this program's", index.name)));
            }
        }
    }
    Ok(())
}

/// A column as SQLite tells it: name, type, not null, default, place in the primary key.
type Found = (String, String, bool, Option<String>, u32);

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Found>> {
    let sql = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)";
    let mut statement = connection.prepare(sql)?;
    let read =
        |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    statement.query_map([table], read)?.collect()
}

fn expected(table: &Table) -> Vec<Found> {
    let key = (1..).zip(table.key).map(|(place, c)| (c.name.into(), kind(c.ty).into(), true, None, place));
    let others = table.columns.iter().map(|c| {
        let default = counts(c.ty).then(|| "0".to_owned());
        (c.name.into(), kind(c.ty).into(), counts(c.ty), default, 0)
    });
    key.chain(others).collect()
}

fn counts(ty: Type) -> bool {
    matches!(ty, Type::Counter | Type::Flag)
}

fn kind(ty: Type) -> &'static str {
    match ty {
        Type::Uuid | Type::Text | Type::Time => "TEXT",
        Type::Int | Type::Counter | Type::Flag => "INTEGER",
    }
}

/// What the type alone does not say.
fn form(ty: Type) -> &'static str {
    match ty {
        Type::Uuid => "uuid: ",
        Type::Time => "time: ",
        Type::Flag => "0 or 1: ",
        Type::Text | Type::Int | Type::Counter => "",
    }
}

fn create_table(table: &Table) -> String {
    let mut sql = format!("CREATE TABLE {} (\n  -- {}\n", table.name, table.about);
    let mut line = |column: &Column, rest: &str| {
        let (name, ty) = (column.name, column.ty);
        // Writing to a text never fails.
        let _ = writeln!(sql, "  {name} {}{rest}, -- {}{}", kind(ty), form(ty), column.about);
    };
    for column in table.key {
        line(column, " NOT NULL");
    }
    for column in table.columns {
        line(column, if counts(column.ty) { " NOT NULL DEFAULT 0" } else { "" });
    }
    let key: Vec<_> = table.key.iter().map(|c| c.name).collect();
    let _ = write!(sql, "  PRIMARY KEY ({})\n) STRICT, WITHOUT ROWID", key.join(", "));
    sql
}

fn create_index(table: &Table, index: &Index) -> String {
    let only = if index.only.is_empty() { String::new() } else { format!(" WHERE {}", index.only) };
    format!("CREATE INDEX {} ON {} ({}){only}", index.name, table.name, index.on)
}
