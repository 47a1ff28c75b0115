//! The limit: rows into a plain SQLite table, so many a durable commit.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::Failure;
use crate::event::BYTES;
use crate::sample::{Latencies, Sample};

/// The name of a figure.
pub(crate) fn name(together: usize) -> String {
    format!("plain SQLite rows, {together} a commit")
}

/// A connection that is durable at every commit, as the log's writer is.
pub(crate) fn open(file: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(file)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -(32 << 10))?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 4_096, |_| Ok(()))?;
    Ok(connection)
}

/// Inserts rows of one event's size, `together` a transaction, into a table with a key and nothing else. The
/// rate is in rows, the latencies are those of whole transactions.
pub(crate) fn inserts(folder: &Path, together: usize, time: Duration) -> Result<Sample, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let connection = open(&folder.path().join("plain.sqlite"))?;
    connection
        .execute_batch("CREATE TABLE events (number INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT")?;
    let mut insert = connection.prepare("INSERT INTO events (data) VALUES (?1)")?;
    let (mut begin, mut commit) = (connection.prepare("BEGIN IMMEDIATE")?, connection.prepare("COMMIT")?);
    let data = "x".repeat(BYTES);
    let mut latencies = Latencies::new();
    let started = Instant::now();
    let mut now = started;
    while now - started < time {
        begin.raw_execute()?;
        for _ in 0..together {
            insert.execute([&data])?;
        }
        commit.raw_execute()?;
        let done = Instant::now();
        latencies.record(done - now);
        now = done;
    }
    Ok(latencies.sample(now - started, together))
}
