//! How far processes have come.

use std::collections::BTreeMap;

use async_trait::async_trait;
use rusqlite::Connection;
use tidings_domain::{Position, Timestamp};

use super::{SqliteLedger, stored};
use crate::{LedgerError, Progress};

#[async_trait]
impl Progress for SqliteLedger {
    async fn progress(&self, process: &str) -> Result<Vec<Position>, LedgerError> {
        let process = process.to_owned();
        self.read(move |from| get(from, &process)).await
    }

    async fn processes(&self) -> Result<BTreeMap<String, Vec<Position>>, LedgerError> {
        self.read(all).await
    }

    async fn advance(&self, process: &str, to: Vec<Position>) -> Result<(), LedgerError> {
        let process = process.to_owned();
        // It goes by no time, and leaves the ledger's as it is.
        self.write(Timestamp::from_millis(0), true, move |connection, _| put(connection, &process, &to)).await
    }
}

fn get(connection: &Connection, process: &str) -> rusqlite::Result<Vec<Position>> {
    connection
        .prepare_cached("SELECT partition, number FROM progress WHERE process = ?1 ORDER BY partition")?
        .query_map([process], |row| Ok(Position::new(row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?
        .collect()
}

fn all(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Vec<Position>>> {
    let mut all = BTreeMap::<String, Vec<Position>>::new();
    // A reader may find a ledger of the older format, which has no progress.
    if !connection.table_exists(None, "progress")? {
        return Ok(all);
    }
    let mut statement = connection
        .prepare_cached("SELECT process, partition, number FROM progress ORDER BY process, partition")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let at = Position::new(row.get(1)?, row.get::<_, i64>(2)?.cast_unsigned());
        all.entry(row.get(0)?).or_default().push(at);
    }
    Ok(all)
}

fn put(connection: &Connection, process: &str, to: &[Position]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO progress (process, partition, number) VALUES (?1, ?2, ?3) ON CONFLICT (process, partition) DO \
         UPDATE SET number = excluded.number WHERE excluded.number > number",
    )?;
    for at in to {
        statement.execute((process, at.partition, stored(at.number)))?;
    }
    Ok(())
}
