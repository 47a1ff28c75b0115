//! Generations of a read model: a schema each, of which `tidings.current` names the one in use.
//!
//! The schema `tidings` is for people: it has a view of each table of the generation in use, under one name
//! for ever.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::Checkpoint;

use super::cell::storable;
use super::failure::Failure;
use super::schema::{self, schema};
use super::session::Session;
use super::store;

/// The format of `tidings.current` and of the tables that every generation has.
const FORMAT: i32 = 1;

/// What is told to those who wait, by NOTIFY.
pub(super) const CHANNEL: &str = "tidings";

/// Held while schemas, tables or views are made: however many start at once, one of them makes them.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1952736887, 1)";

/// Held by a rebuild for as long as its session lasts.
const REBUILD: &str = "SELECT pg_try_advisory_lock(1952736887, 2)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(1952736887, 2)";

const POINTER: &str = "
CREATE SCHEMA IF NOT EXISTS tidings;
COMMENT ON SCHEMA tidings IS 'Read models of Tidings: views of the generation in use. Write nothing into them.';
CREATE TABLE tidings.current (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  format integer NOT NULL,
  generation bigint NOT NULL
);
COMMENT ON TABLE tidings.current IS 'Which generation of the read models is in use: the schema tidings_<generation>.';
";

/// The generation in use; `None` where there was never one.
pub(super) async fn current(client: &Client) -> Result<Option<u64>, Failure> {
    // Looked up as rows: by name, what another made while this transaction waited for the lock is not seen.
    let sql = "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = 'tidings' AND c.relname = 'current')";
    if !client.query_one(sql, &[]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let row = client.query_opt("SELECT format, generation FROM tidings.current", &[]).await?;
    let Some(row) = row else { return Ok(None) };
    let (format, generation): (i32, i64) = (row.get(0), row.get(1));
    if format > FORMAT {
        return Err(Failure::Unfit(format!(
            "the read model has format {format}, but this program knows format {FORMAT}; use a newer program, or drop \
             the schema tidings and all tidings_<n> and build it anew from the log"
        )));
    }
    Ok(Some(generation.unsigned_abs()))
}

/// Begins a transaction that makes schemas, tables or views: one at a time in a database.
pub(super) async fn begin(client: &Client) -> Result<(), Failure> {
    client.batch_execute("BEGIN").await?;
    client.query_one(LOCK, &[]).await?;
    Ok(())
}

/// The generation in use; the first, empty, where there was never one.
pub(super) async fn current_or_first(client: &Client) -> Result<u64, Failure> {
    if let Some(current) = current(client).await? {
        return Ok(current);
    }
    begin(client).await?;
    // Another may have been faster.
    let current = match current(client).await? {
        Some(current) => current,
        None => {
            let first = all(client).await?.last().copied().unwrap_or(0) + 1;
            client.batch_execute(POINTER).await?;
            let number = i64::try_from(first).unwrap_or(i64::MAX);
            let sql = "INSERT INTO tidings.current (format, generation) VALUES ($1, $2)";
            client.execute(sql, &[&FORMAT, &number]).await?;
            schema::create(client, first).await?;
            first
        }
    };
    client.batch_execute("COMMIT").await?;
    Ok(current)
}

/// Makes a generation that was never used, not in use yet. Who calls holds the lock of rebuilds.
pub(super) async fn create_next(client: &Client) -> Result<u64, Failure> {
    let in_use = current_or_first(client).await?;
    let next = all(client).await?.into_iter().max().unwrap_or(0).max(in_use) + 1;
    begin(client).await?;
    schema::create(client, next).await?;
    client.batch_execute("COMMIT").await?;
    Ok(next)
}

/// Takes the lock of rebuilds, for as long as the session lasts; `false` where another has it.
pub(super) async fn lock_rebuild(client: &Client) -> Result<bool, Failure> {
    Ok(client.query_one(REBUILD, &[]).await?.get(0))
}

/// Gives the lock of rebuilds back at once: the end of a session is heard of a little later.
pub(super) async fn unlock_rebuild(client: &Client) -> Result<(), Failure> {
    client.batch_execute(UNLOCK).await?;
    Ok(())
}

/// Begins a transaction in which nobody else moves a group of the generation in use on, and tells where it stands; `None`
/// where there was never a generation. Who is paused or lost in it holds others up for seconds at most.
pub(super) async fn hold(session: &mut Session, group: &str) -> Result<Option<Checkpoint>, Failure> {
    session.client.batch_execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'").await?;
    let Some(current) = current(&session.client).await? else { return Ok(None) };
    session.turn_to(current);
    let lock = format!("SELECT FROM {}.projection_groups WHERE name = $1 FOR UPDATE", schema(current));
    session.client.execute(&lock, &[&storable(group)]).await?;
    Ok(Some(store::find_checkpoint(session, group, false).await?.unwrap_or_default()))
}

/// Ends a transaction in which nothing was done.
pub(super) async fn let_go(client: &Client) -> Result<(), Failure> {
    Ok(client.batch_execute("ROLLBACK").await?)
}

/// Makes a generation the one in use, with the views of it, at once: whoever looks sees the old or the new. `false` where
/// somebody reads a view: others wait behind us meanwhile, so it is not waited for long at a time. `holds`: in the
/// transaction of [`hold`], which ends in any case.
pub(super) async fn switch_to(client: &Client, generation: u64, holds: bool) -> Result<bool, Failure> {
    match try_switch_to(client, generation, holds).await {
        Ok(()) => Ok(true),
        Err(failure) => {
            // Where the connection is gone, so is the transaction.
            let _ = let_go(client).await;
            match failure {
                Failure::Database(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Ok(false),
                failure => Err(failure),
            }
        }
    }
}

async fn try_switch_to(client: &Client, generation: u64, holds: bool) -> Result<(), Failure> {
    if !holds {
        client.batch_execute("BEGIN").await?;
    }
    // For good, before the old one is thought to be of no use.
    client.batch_execute("SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '500ms'").await?;
    client.query_one(LOCK, &[]).await?;
    show(client, generation).await?;
    let number = i64::try_from(generation).unwrap_or(i64::MAX);
    client.execute("UPDATE tidings.current SET generation = $1", &[&number]).await?;
    client.batch_execute(&format!("NOTIFY {CHANNEL}; COMMIT")).await?;
    Ok(())
}

/// Drops all generations but the one in use: older ones, and what rebuilds that were given up have left. Tells how many.
pub(super) async fn drop_others(client: &Client) -> Result<usize, Failure> {
    drop_those(client, |generation, current| generation != current).await
}

/// Drops what rebuilds that were given up have left: generations beyond the one in use. Tells how many.
pub(super) async fn drop_unfinished(client: &Client) -> Result<usize, Failure> {
    drop_those(client, |generation, current| generation > current).await
}

async fn drop_those(client: &Client, goes: impl Fn(u64, u64) -> bool) -> Result<usize, Failure> {
    let Some(current) = current(client).await? else { return Ok(0) };
    let mut dropped = 0;
    for generation in all(client).await?.into_iter().filter(|generation| goes(*generation, current)) {
        drop_one(client, generation).await?;
        dropped += 1;
    }
    Ok(dropped)
}

/// Drops one generation, which is not in use. Who calls holds the lock of rebuilds.
pub(super) async fn drop_one(client: &Client, generation: u64) -> Result<(), Failure> {
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {} CASCADE", schema(generation))).await?;
    Ok(())
}

/// Whether there is no schema of this name.
pub(super) async fn is_free(client: &Client, name: &str) -> Result<bool, Failure> {
    let sql = "SELECT NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)";
    Ok(client.query_one(sql, &[&name]).await?.get(0))
}

/// Renames a generation's schema, so that it is none any more.
pub(super) async fn keep_as(client: &Client, generation: u64, name: &str) -> Result<(), Failure> {
    begin(client).await?;
    let rename = format!("ALTER SCHEMA {} RENAME TO {name}", schema(generation));
    client.batch_execute(&rename).await?;
    super::roles::let_readers_in(client, name).await?;
    client.batch_execute("COMMIT").await?;
    Ok(())
}

/// The generations that are there, in order.
pub(super) async fn all(client: &Client) -> Result<Vec<u64>, Failure> {
    let sql = "SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^tidings_[0-9]{1,18}$'";
    let rows = client.query(sql, &[]).await?;
    let number =
        |row: &tokio_postgres::Row| row.get::<_, &str>(0).trim_start_matches("tidings_").parse().ok();
    let mut generations: Vec<u64> = rows.iter().filter_map(number).collect();
    generations.sort_unstable();
    Ok(generations)
}

/// Makes the views of `tidings` show a generation, and lets those read it who may read `tidings`. In a
/// transaction of [`begin`].
pub(super) async fn show(client: &Client, generation: u64) -> Result<(), Failure> {
    let schema = schema(generation);
    let sql = "SELECT c.relname::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), \
               COALESCE(obj_description(c.oid, 'pg_class'), '') \
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
               WHERE n.nspname = $1 AND c.relkind = 'r' GROUP BY c.oid, c.relname ORDER BY c.relname";
    for row in client.query(sql, &[&schema]).await? {
        let (table, columns, about): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
        let view = format!("VIEW tidings.{table} AS SELECT {columns} FROM {schema}.{table}");
        client.batch_execute("SAVEPOINT view").await?;
        match client.batch_execute(&format!("CREATE OR REPLACE {view}")).await {
            Ok(()) => {}
            // It has other columns: then people's own views on it, if there are any, stand in the way.
            Err(error) if error.code() == Some(&SqlState::INVALID_TABLE_DEFINITION) => {
                let anew = format!("ROLLBACK TO view; DROP VIEW tidings.{table}; CREATE {view}");
                client.batch_execute(&anew).await?;
            }
            Err(error) => return Err(error.into()),
        }
        let about = about.replace('\'', "''");
        client.batch_execute(&format!("COMMENT ON VIEW tidings.{table} IS '{about}'")).await?;
    }
    super::roles::let_readers_in(client, &schema).await
}

/// Whether each table of a generation has its view.
pub(super) async fn is_shown(client: &Client, generation: u64) -> Result<bool, Failure> {
    let sql = "SELECT NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = $1 AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_class v \
               JOIN pg_namespace s ON s.oid = v.relnamespace WHERE s.nspname = 'tidings' AND v.relname = c.relname))";
    Ok(client.query_one(sql, &[&schema(generation)]).await?.get(0))
}
