//! The embedded log, and bare SQLite.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use tidings_eventstore::SqliteLog;
use tokio::runtime::Runtime;

use crate::load;
use crate::report::{Cpu, report};

pub fn run(runtime: &Runtime, folder: &Path, time: Duration) -> Result<(), Box<dyn Error>> {
    let folder = folder.join(format!("tidings-append-rate-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    bare(&folder, 1, time)?;
    bare(&folder, 256, time)?;
    for clients in [1, 16, 256, 1024] {
        let log = SqliteLog::create_or_open(folder.join(format!("{clients}")), 8)?;
        runtime.block_on(async {
            load::store(log.clone(), clients, time).await?;
            log.close().await;
            Ok::<_, Box<dyn Error>>(())
        })?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Rows of the same size into a table with one index, `together` in a transaction.
fn bare(folder: &Path, together: usize, time: Duration) -> Result<(), Box<dyn Error>> {
    let connection = rusqlite::Connection::open(folder.join(format!("bare-{together}.sqlite")))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE rows (id INTEGER PRIMARY KEY, data TEXT NOT NULL)")?;
    let mut insert = connection.prepare("INSERT INTO rows (data) VALUES (?1)")?;
    let (data, mut latencies) = ("x".repeat(600), Vec::new());
    let (start, cpu) = (Instant::now(), Cpu::now());
    while start.elapsed() < time {
        let begin = Instant::now();
        if together > 1 {
            connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        for _ in 0..together {
            insert.execute([&data])?;
        }
        if together > 1 {
            connection.execute_batch("COMMIT")?;
        }
        latencies.extend(std::iter::repeat_n(begin.elapsed(), together));
    }
    report(&format!("bare SQLite, {together} row(s) a commit"), latencies, start.elapsed(), &cpu);
    Ok(())
}
