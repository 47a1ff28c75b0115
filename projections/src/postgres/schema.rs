//! Tables as SQL, with what they hold as comments, and the check that what is stored has that shape.

use std::fmt::Write;

use tidings_domain::Origin;
use tokio_postgres::Client;

use crate::generation::first_epoch;
use crate::origin;
use crate::{Column, Group, Index, Table, Type};

use super::cell;
use super::failure::Failure;

/// The tables that every generation has, beside those of its groups.
const OWN: &str = "
CREATE TABLE IF NOT EXISTS {schema}.projection_groups (
  name text COLLATE \"C\" PRIMARY KEY,
  parked_epoch bigint NOT NULL,
  log uuid
);
COMMENT ON TABLE {schema}.projection_groups IS 'Groups of projections; each has checkpoints of its own.';
COMMENT ON COLUMN {schema}.projection_groups.name IS 'its name';
COMMENT ON COLUMN {schema}.projection_groups.parked_epoch IS 'another with every change of the parked events';
COMMENT ON COLUMN {schema}.projection_groups.log IS
  'the id of the log whose events it is made of; null where that has none';
CREATE TABLE IF NOT EXISTS {schema}.checkpoints (
  group_name text COLLATE \"C\" NOT NULL,
  partition integer NOT NULL,
  number bigint NOT NULL,
  commit_id uuid,
  PRIMARY KEY (group_name, partition)
);
COMMENT ON TABLE {schema}.checkpoints IS 'Where a group stands: everything up to here is in its rows, or parked.';
COMMENT ON COLUMN {schema}.checkpoints.group_name IS 'the group';
COMMENT ON COLUMN {schema}.checkpoints.partition IS 'the partition of the log, from 0';
COMMENT ON COLUMN {schema}.checkpoints.number IS 'its last commit worked in; 0 is before the first';
COMMENT ON COLUMN {schema}.checkpoints.commit_id IS 'that commit''s own id; null before the first';
CREATE TABLE IF NOT EXISTS {schema}.parked (
  group_name text COLLATE \"C\" NOT NULL,
  partition integer NOT NULL,
  number bigint NOT NULL,
  place bigint NOT NULL,
  stream text COLLATE \"C\" NOT NULL,
  event text COLLATE \"C\" NOT NULL,
  error text COLLATE \"C\" NOT NULL,
  parked_at timestamptz NOT NULL,
  tried_at timestamptz NOT NULL,
  tries bigint NOT NULL,
  PRIMARY KEY (group_name, partition, number, place)
);
COMMENT ON TABLE {schema}.parked IS
  'Events that could not be applied, and later ones of their streams that wait behind them.';
COMMENT ON COLUMN {schema}.parked.group_name IS 'the group';
COMMENT ON COLUMN {schema}.parked.partition IS 'the event''s partition';
COMMENT ON COLUMN {schema}.parked.number IS 'the number of its commit';
COMMENT ON COLUMN {schema}.parked.place IS 'its place in the commit, from 0';
COMMENT ON COLUMN {schema}.parked.stream IS 'its stream';
COMMENT ON COLUMN {schema}.parked.event IS 'its stored name';
COMMENT ON COLUMN {schema}.parked.error IS 'why it could not be applied; empty where it only waits';
COMMENT ON COLUMN {schema}.parked.parked_at IS 'when it was parked';
COMMENT ON COLUMN {schema}.parked.tried_at IS 'when it was tried last';
COMMENT ON COLUMN {schema}.parked.tries IS 'how often it was tried; 0 where it only waits';
CREATE TABLE IF NOT EXISTS {schema}.strange_records (
  group_name text COLLATE \"C\" NOT NULL,
  partition integer NOT NULL,
  cause text COLLATE \"C\" NOT NULL,
  count bigint NOT NULL,
  first_place bigint NOT NULL,
  last_place bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (group_name, partition, cause)
);
COMMENT ON TABLE {schema}.strange_records IS
  'Records on the bus that are no events of the log, by what is wrong with them.';
COMMENT ON COLUMN {schema}.strange_records.group_name IS 'the group';
COMMENT ON COLUMN {schema}.strange_records.partition IS 'the partition of the bus';
COMMENT ON COLUMN {schema}.strange_records.cause IS 'what is wrong with them';
COMMENT ON COLUMN {schema}.strange_records.count IS 'how many they are; 0 where they were cleared';
COMMENT ON COLUMN {schema}.strange_records.first_place IS 'where the first of them stands';
COMMENT ON COLUMN {schema}.strange_records.last_place IS 'where the last of them stands';
COMMENT ON COLUMN {schema}.strange_records.first_at IS 'when the first of them was noticed';
COMMENT ON COLUMN {schema}.strange_records.last_at IS 'when the last of them was noticed';
";

/// The schema of a generation.
pub(super) fn schema(generation: u64) -> String {
    format!("tidings_{generation}")
}

/// What a generation is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// In use, or as good as.
    Live,
    /// Being filled: without the indexes of queries, which are faster made at the end, and without a journal,
    /// since a server that falls takes the rebuild with it.
    Filling,
}

/// Makes a generation's schema and the tables that every one has. In a transaction that holds the lock of
/// [`super::generations`].
pub(super) async fn create(client: &Client, generation: u64) -> Result<(), Failure> {
    let schema = schema(generation);
    let own = OWN.replace("{schema}", &schema);
    client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema};{own}")).await?;
    Ok(())
}

/// Makes what is missing of a group's tables and checkpoints, or says why what is there does not fit. In a
/// transaction that holds the lock of [`super::generations`]. Tells whether the group was not there before.
pub(super) async fn attach(
    client: &Client,
    generation: u64,
    group: &Group,
    origin: Origin,
    stage: Stage,
) -> Result<bool, Failure> {
    let schema = schema(generation);
    for (table, newest) in [("projection_groups", "log"), ("checkpoints", "commit_id"), ("parked", "tries")] {
        let sql = "SELECT FROM pg_attribute WHERE attrelid = $1::text::regclass AND attname = $2";
        let table = format!("{schema}.{table}");
        if client.query_opt(sql, &[&table, &newest]).await?.is_none() {
            return Err(other(format!("table {table} has another shape than this program's")));
        }
    }
    let sql = format!(
        "SELECT (SELECT count(*) FROM {schema}.checkpoints WHERE group_name = name), log \
         FROM {schema}.projection_groups WHERE name = $1"
    );
    let stored = client.query_opt(&sql, &[&group.name]).await?.map(|row| Origin {
        partitions: u16::try_from(row.get::<_, i64>(0)).unwrap_or(u16::MAX),
        log: row.get(1),
    });
    match stored {
        Some(stored) => {
            origin::check(group.name, stored, origin).map_err(Failure::Unfit)?;
            if stored.log.is_none() && origin.log.is_some() {
                let sql = format!("UPDATE {schema}.projection_groups SET log = $2 WHERE name = $1");
                client.execute(&sql, &[&group.name, &origin.log]).await?;
            }
        }
        None => {
            let epoch = i64::try_from(first_epoch(generation)).unwrap_or(i64::MAX);
            let sql = format!("INSERT INTO {schema}.projection_groups VALUES ($1, $2, $3)");
            client.execute(&sql, &[&group.name, &epoch, &origin.log]).await?;
            let sql = format!(
                "INSERT INTO {schema}.checkpoints SELECT $1, n, 0 FROM generate_series(0, $2::integer - 1) n"
            );
            client.execute(&sql, &[&group.name, &i32::from(origin.partitions)]).await?;
        }
    }
    for table in group.tables() {
        attach_table(client, &schema, &table, stored.is_none(), stage).await?;
        if stage == Stage::Live {
            attach_indexes(client, &schema, &table, stored.is_none()).await?;
        }
    }
    Ok(stored.is_none())
}

/// Makes a group's tables durable, their indexes, and both known to the planner. Not in a transaction: it takes long,
/// and others who attach wait for the lock of [`super::generations`].
pub(super) async fn settle(client: &Client, generation: u64, group: &Group) -> Result<(), Failure> {
    let schema = schema(generation);
    for table in group.tables() {
        let name = table.name;
        client.batch_execute(&format!("ALTER TABLE {schema}.{name} SET LOGGED")).await?;
        attach_indexes(client, &schema, &table, true).await?;
        client.batch_execute(&format!("VACUUM (ANALYZE) {schema}.{name}")).await?;
    }
    Ok(())
}

fn other(what: String) -> Failure {
    Failure::Unfit(format!("{what}; rebuild the read model with `replay rebuild --accept`"))
}

async fn attach_table(
    client: &Client,
    schema: &str,
    table: &Table,
    make: bool,
    stage: Stage,
) -> Result<(), Failure> {
    let found = columns(client, schema, table.name).await?;
    if found.is_empty() && make {
        client.batch_execute(&create_table(schema, table, stage)).await?;
    } else if found.is_empty() {
        return Err(other(format!("table {schema}.{} is missing", table.name)));
    } else if found != expected(table) {
        return Err(other(format!("table {schema}.{} has another shape than this program's", table.name)));
    }
    Ok(())
}

async fn attach_indexes(client: &Client, schema: &str, table: &Table, make: bool) -> Result<(), Failure> {
    for index in table.indexes {
        let wanted = definition(index);
        let sql = "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c \
                   JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
        match client.query_opt(sql, &[&schema, &index.name]).await? {
            None if make => client.batch_execute(&create_index(schema, table, index)).await?,
            // On a table of any size it would take longer than those who wait for it do.
            None => return Err(other(format!("index {schema}.{} is missing", index.name))),
            Some(row) if row.get::<_, Option<&str>>(0) == Some(&*wanted) => {}
            Some(_) => {
                return Err(other(format!(
                    "index {schema}.{} has another shape than this program's",
                    index.name
                )));
            }
        }
    }
    Ok(())
}

/// A column as PostgreSQL tells it: name, type, not null, default, place in the primary key.
type Found = (String, String, bool, Option<String>, i32);

async fn columns(client: &Client, schema: &str, table: &str) -> Result<Vec<Found>, Failure> {
    let sql = "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
               pg_get_expr(d.adbin, d.adrelid), COALESCE(array_position(k.conkey, a.attnum), 0) \
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
               JOIN pg_namespace n ON n.oid = c.relnamespace \
               LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
               LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p' \
               WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped \
               ORDER BY a.attnum";
    let rows = client.query(sql, &[&schema, &table]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))).collect())
}

fn expected(table: &Table) -> Vec<Found> {
    let key =
        (1..).zip(table.key).map(|(place, c)| (c.name.into(), cell::name(c.ty).into(), true, None, place));
    let others = table.columns.iter().map(|c| {
        let default = default(c.ty);
        (c.name.into(), cell::name(c.ty).into(), default.is_some(), default.map(str::to_owned), 0)
    });
    key.chain(others).collect()
}

fn default(ty: Type) -> Option<&'static str> {
    match ty {
        Type::Counter => Some("0"),
        Type::Flag => Some("false"),
        Type::Uuid | Type::Text | Type::Int | Type::Time => None,
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn create_table(schema: &str, table: &Table, stage: Stage) -> String {
    let name = table.name;
    let kind = if stage == Stage::Filling { "UNLOGGED " } else { "" };
    let mut sql = format!("CREATE {kind}TABLE {schema}.{name} (");
    // Writing to a text never fails.
    let mut line = |column: &Column, rest: &str| {
        // Texts sort by their bytes, as in every other store.
        let collate = if column.ty == Type::Text { " COLLATE \"C\"" } else { "" };
        let _ = write!(sql, "{} {}{collate}{rest}, ", column.name, cell::name(column.ty));
    };
    table.key.iter().for_each(|column| line(column, " NOT NULL"));
    for column in table.columns {
        match default(column.ty) {
            Some(default) => line(column, &format!(" NOT NULL DEFAULT {default}")),
            None => line(column, ""),
        }
    }
    let key: Vec<_> = table.key.iter().map(|c| c.name).collect();
    let _ = write!(sql, "PRIMARY KEY ({}));", key.join(", "));
    let _ = write!(sql, "COMMENT ON TABLE {schema}.{name} IS {};", quoted(table.about));
    for column in table.key.iter().chain(table.columns) {
        let _ = write!(sql, "COMMENT ON COLUMN {schema}.{name}.{} IS {};", column.name, quoted(column.about));
    }
    sql
}

/// What an index is on; kept as its comment, by which its shape is known again.
fn definition(index: &Index) -> String {
    let only = if index.only.is_empty() { String::new() } else { format!(" WHERE {}", index.only) };
    format!("({}){only}", index.on)
}

fn create_index(schema: &str, table: &Table, index: &Index) -> String {
    let (name, definition) = (index.name, definition(index));
    format!(
        "CREATE INDEX {name} ON {schema}.{} {definition}; COMMENT ON INDEX {schema}.{name} IS {};",
        table.name,
        quoted(&definition)
    )
}
