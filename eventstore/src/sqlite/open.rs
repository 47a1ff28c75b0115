//! Opening the file: finding it, making it, knowing it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};
use tidings_world::{System, World};
use uuid::Uuid;

use super::OpenError;
use super::schema::{self, APPLICATION, FORMAT};

/// The name of the log in a folder of data.
const NAME: &str = "log.sqlite";

/// The most partitions: the views for people are one SELECT a partition, of which SQLite takes 500.
const MOST_PARTITIONS: u16 = 256;

/// How long to wait for a lock that a person's shell or a backup may hold on the file.
const BUSY: Duration = Duration::from_secs(5);

/// The writer's page cache, and a reader's, in KiB. They bound the memory, whatever the size of the log: the
/// operating system keeps the rest of the file as it sees fit, so nothing is mapped (`mmap_size` 0).
const WRITER_CACHE_KIB: i64 = 32 << 10;
const READER_CACHE_KIB: i64 = 8 << 10;

/// Pages in the WAL that start a checkpoint (16 MiB): the pages at the right edges, which every commit writes
/// again, reach the file once in many commits, and yet a checkpoint is short.
pub(crate) const CHECKPOINT_PAGES: u32 = 4_096;

/// The WAL is cut back to this size, should it ever have grown beyond.
const WAL_LIMIT: i64 = 64 << 20;

/// The file that a path stands for: itself, or `log.sqlite` in the folder that it names.
pub(crate) fn file_of(path: &Path) -> PathBuf {
    let is_file = path.is_file() || (!path.is_dir() && path.extension().is_some_and(|e| e == "sqlite"));
    if is_file { path.to_path_buf() } else { path.join(NAME) }
}

/// Makes the folder of a file, lastingly.
pub(crate) fn make_folder(file: &Path) -> Result<(), OpenError> {
    let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) else { return Ok(()) };
    let failed = |e| OpenError::io(folder, &e);
    if !folder.is_dir() {
        fs::create_dir_all(folder).map_err(failed)?;
        if let Some(above) = folder.parent().filter(|f| !f.as_os_str().is_empty()) {
            File::open(above).and_then(|f| f.sync_all()).map_err(failed)?;
        }
    }
    Ok(())
}

/// What a log says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    pub(crate) partitions: u16,
    /// None where no program has written that draws one.
    pub(crate) identity: Option<Uuid>,
}

/// Opens the file for writing, making the log where there is none. Gives what it says of itself.
pub(crate) fn writing(file: &Path, partitions: u16) -> Result<(Connection, Stored), OpenError> {
    if partitions == 0 || partitions > MOST_PARTITIONS {
        return Err(OpenError::PartitionCount { asked: partitions, most: MOST_PARTITIONS });
    }
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let mut connection = Connection::open(file).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    // Nothing is changed in a file that is not ours.
    let stored = stored(&connection, file)?;
    write_settings(&connection).map_err(failed)?;
    let world = System::new();
    let drawn = world.id();
    let stored = match stored {
        Some(stored @ Stored { identity: Some(_), .. }) => stored,
        Some(stored) => {
            schema::identify(&connection, drawn).map_err(failed)?;
            Stored { identity: Some(drawn), ..stored }
        }
        None => {
            let created_at = world.now().to_string();
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
            schema::create(&transaction, partitions, drawn, &created_at).map_err(failed)?;
            transaction.commit().map_err(failed)?;
            Stored { partitions, identity: Some(drawn) }
        }
    };
    Ok((connection, stored))
}

/// Opens a log that is there for reading. Gives what it says of itself.
pub(crate) fn reading(file: &Path) -> Result<(Connection, Stored), OpenError> {
    if !file.exists() {
        return Err(OpenError::Missing { file: file.into() });
    }
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let stored = stored(&connection, file)?;
    let stored = stored.ok_or_else(|| OpenError::Missing { file: file.into() })?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(failed)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    // Else the planner, looking for statistics, prepares a statement again whenever a bound value changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(usize::from(stored.partitions) * 8);
    Ok((connection, stored))
}

fn write_settings(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_LIMIT, |_| Ok(()))
}

/// What a log says of itself; `None` where the file is still empty.
fn stored(connection: &Connection, file: &Path) -> Result<Option<Stored>, OpenError> {
    let failed = |e: rusqlite::Error| OpenError::sqlite(file, &e);
    let number = |pragma: &str| -> Result<i64, OpenError> {
        connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(failed)
    };
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0)).map_err(failed)?;
    let application = number("application_id")?;
    if tables == 0 && application == 0 {
        return Ok(None);
    }
    if application != APPLICATION {
        return Err(OpenError::NotTidings { file: file.into() });
    }
    let found = number("user_version")?;
    if found > FORMAT {
        return Err(OpenError::Newer { file: file.into(), found, known: FORMAT });
    }
    let partitions = connection
        .query_row("SELECT value FROM meta WHERE name = 'partitions'", (), |row| row.get::<_, u16>(0))
        .map_err(|e| OpenError::Damaged { file: file.into(), cause: format!("number of partitions: {e}") })?;
    let identity = connection
        .query_row("SELECT value FROM meta WHERE name = 'id'", (), |row| row.get::<_, String>(0))
        .optional()
        .map_err(failed)?;
    let damaged = |e| OpenError::Damaged { file: file.into(), cause: format!("its id: {e}") };
    let identity = identity.map(|id| id.parse()).transpose().map_err(damaged)?;
    Ok(Some(Stored { partitions, identity }))
}
