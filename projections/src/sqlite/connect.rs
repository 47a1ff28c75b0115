//! Opening the files.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{ApplyError, ReadModelError};

use super::writeback::Writeback;

/// Marks a file as a read model of ours ("TDVW").
const APPLICATION: i64 = 0x5444_5657;

/// The format of the tables that are not a group's own.
const FORMAT: i64 = 1;

/// How long to wait for another writer, a person's shell or a backup.
const BUSY: Duration = Duration::from_secs(5);

/// Page caches in KiB; they bound the memory, whatever the size of the file.
const WRITER_CACHE_KIB: i64 = 32 << 10;
const READER_CACHE_KIB: i64 = 8 << 10;
const BULK_CACHE_KIB: i64 = 64 << 10;
/// While indexes are made. It is also how much is sorted at a time: what fits the processor's own cache is sorted twice as
/// fast, and merging the parts costs less than that.
const SORTING_CACHE_KIB: i64 = 4 << 10;

/// What to do with a file that is of no use.
const REBUILD: &str = "build it anew from the log with `replay rebuild --accept`";

/// Statements kept prepared: some for each table and set of columns, or for each query.
const STATEMENTS: usize = 256;

/// Opens for writing; makes the file where there is none.
pub(super) fn writing(file: &Path) -> Result<Connection, ReadModelError> {
    let connection = Connection::open(file).map_err(|e| failed(file, &e))?;
    prepare_writing(&connection, file)?;
    Ok(connection)
}

/// Opens a shadow for writing: nobody reads it, and what a crash leaves of it is thrown away, so nothing is
/// journaled in the file or synced until [`settle`].
pub(super) fn bulk(file: &Path) -> Result<Connection, ReadModelError> {
    let connection = Connection::open(file).map_err(|e| failed(file, &e))?;
    prepare_writing(&connection, file)?;
    let set = || {
        connection.pragma_update_and_check(None, "journal_mode", "memory", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        // Rows are sorted on two threads when indexes are made.
        connection.pragma_update_and_check(None, "threads", 2, |_| Ok(()))?;
        connection.pragma_update(None, "cache_size", -BULK_CACHE_KIB)
    };
    set().map_err(|e| failed(file, &e))?;
    Ok(connection)
}

/// Prepares a shadow, which has all its rows, for the making of its indexes.
pub(super) fn prepare_sorting(connection: &Connection, file: &Path) -> Result<(), ReadModelError> {
    connection.pragma_update(None, "cache_size", -SORTING_CACHE_KIB).map_err(|e| failed(file, &e))
}

/// Makes a shadow what it stands for: durable, and read and written as others are.
pub(super) fn settle(
    connection: &Connection,
    file: &Path,
    writeback: Option<&mut Writeback>,
) -> Result<(), ReadModelError> {
    prepare_writing(connection, file)?;
    let synced = writeback.map_or(Ok(()), Writeback::sync);
    synced.map_err(|e| ReadModelError::Unavailable(format!("{}: {e}", file.display())))
}

/// In memory, for one process and as long as it lasts.
pub(super) fn in_memory() -> Result<Connection, ReadModelError> {
    let file = Path::new(":memory:");
    let connection = Connection::open_in_memory().map_err(|e| failed(file, &e))?;
    prepare_writing(&connection, file)?;
    Ok(connection)
}

fn prepare_writing(connection: &Connection, file: &Path) -> Result<(), ReadModelError> {
    let set = || -> rusqlite::Result<bool> {
        connection.busy_timeout(BUSY)?;
        // Nothing is changed in a file that is not ours.
        if stranger(connection)? {
            return Ok(false);
        }
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 4_096, |_| Ok(()))?;
        connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        if version(connection)? == 0 {
            connection.pragma_update(None, "user_version", FORMAT)?;
        }
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(true)
    };
    let ours = set().map_err(|e| failed(file, &e))?;
    known(connection, file, ours)
}

/// Opens a file that is there, for reading only.
pub(super) fn reading(file: &Path) -> Result<Connection, ReadModelError> {
    if !file.exists() {
        let cause = format!("there is no read model at {} yet; start what writes it", file.display());
        return Err(ReadModelError::Unavailable(cause));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|e| failed(file, &e))?;
    let set = || -> rusqlite::Result<bool> {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true)?;
        // A plan that does not look at parameters is not made again for each of them.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(!stranger(&connection)?)
    };
    let ours = set().map_err(|e| failed(file, &e))?;
    known(&connection, file, ours)?;
    Ok(connection)
}

/// Whether something other than a read model stands there.
fn stranger(connection: &Connection) -> rusqlite::Result<bool> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    Ok(application != APPLICATION && (application != 0 || tables > 0))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn known(connection: &Connection, file: &Path, ours: bool) -> Result<(), ReadModelError> {
    if !ours {
        let cause = format!("{} is not a read model of Tidings; move it away", file.display());
        return Err(ReadModelError::Unfit(cause));
    }
    let found = version(connection).map_err(|e| failed(file, &e))?;
    if found > FORMAT {
        let file = file.display();
        return Err(ReadModelError::Unfit(format!(
            "{file} has format {found}, but this program knows format {FORMAT}; use a newer program, or {REBUILD}"
        )));
    }
    Ok(())
}

fn failed(file: &Path, error: &rusqlite::Error) -> ReadModelError {
    let cause = format!("{}: {error}", file.display());
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            ReadModelError::Unfit(format!("{cause}; {REBUILD}"))
        }
        _ => ReadModelError::Unavailable(cause),
    }
}

/// What an error of a read means.
pub(super) fn unreadable(error: &rusqlite::Error) -> ReadModelError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            ReadModelError::Unfit(format!("{error}; {REBUILD}"))
        }
        // Of another program.
        _ if ["no such table", "no such column"].iter().any(|gone| error.to_string().contains(gone)) => {
            ReadModelError::Unfit(format!("{error}; {REBUILD}"))
        }
        _ => ReadModelError::Unavailable(error.to_string()),
    }
}

/// What an error of a write means: some rows never fit, whatever else may be better later.
pub(super) fn unwritten(error: &rusqlite::Error) -> ApplyError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
            ApplyError::Unfit(error.to_string())
        }
        _ => ApplyError::Unavailable(error.to_string()),
    }
}
