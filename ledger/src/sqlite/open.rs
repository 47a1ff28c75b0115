//! Opening the file: finding it, making it, knowing it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::OpenError;
use super::schema::{self, APPLICATION, BEFORE, FORMAT};

/// The name of the ledger in a folder of data.
const NAME: &str = "ledger.sqlite";

/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(5);

/// The page caches in KiB.
const WRITER_CACHE_KIB: i64 = 16 << 10;
const READER_CACHE_KIB: i64 = 4 << 10;

/// Pages in the WAL that start a checkpoint (16 MiB), and what the WAL is cut back to.
const CHECKPOINT_PAGES: u32 = 4_096;
const WAL_LIMIT: i64 = 64 << 20;

/// Statements kept prepared.
const STATEMENTS: usize = 64;

/// The file that a path stands for: itself, or `ledger.sqlite` in the folder that it names.
pub(super) fn file_of(path: &Path) -> PathBuf {
    let is_file = path.is_file() || (!path.is_dir() && path.extension().is_some_and(|e| e == "sqlite"));
    if is_file { path.to_path_buf() } else { path.join(NAME) }
}

/// Opens the file for writing, making the ledger where there is none.
pub(super) fn writing(file: &Path) -> Result<Connection, OpenError> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|e| OpenError::io(folder, &e))?;
    }
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let mut connection = Connection::open(file).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    // Nothing is changed in a file that is not ours.
    known(&connection, file)?;
    write_settings(&connection).map_err(failed)?;
    // Another process may make it at the same time; whoever is second finds it made.
    let making = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    match known(&making, file)? {
        Found::Nothing => schema::create(&making).map_err(failed)?,
        Found::Older => schema::lift(&making).map_err(failed)?,
        Found::Ours => {}
    }
    making.commit().map_err(failed)?;
    Ok(connection)
}

/// Opens a ledger that is there for reading.
pub(super) fn reading(file: &Path) -> Result<Connection, OpenError> {
    let missing = || OpenError::Missing { file: file.into() };
    if !file.exists() {
        return Err(missing());
    }
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    match known(&connection, file)? {
        // What the older one has not, no reader looks at.
        Found::Ours | Found::Older => {}
        Found::Nothing => return Err(missing()),
    }
    let set = || {
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(())
    };
    set().map_err(failed)?;
    Ok(connection)
}

fn write_settings(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_LIMIT, |_| Ok(()))?;
    // Else the planner, looking for statistics, prepares a statement again whenever a bound value changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

enum Found {
    /// As yet an empty file.
    Nothing,
    /// A ledger of the older format.
    Older,
    /// A ledger of the present format.
    Ours,
}

/// What is there; an error where it is neither a ledger nor nothing.
fn known(connection: &Connection, file: &Path) -> Result<Found, OpenError> {
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let number = |pragma: &str| -> Result<i64, OpenError> {
        connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(failed)
    };
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0)).map_err(failed)?;
    let application = number("application_id")?;
    if tables == 0 && application == 0 {
        return Ok(Found::Nothing);
    }
    if application != APPLICATION {
        return Err(OpenError::NotALedger { file: file.into() });
    }
    match number("user_version")? {
        FORMAT => Ok(Found::Ours),
        BEFORE => Ok(Found::Older),
        found => Err(OpenError::Format { file: file.into(), found, known: FORMAT }),
    }
}
