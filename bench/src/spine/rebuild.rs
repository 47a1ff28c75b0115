//! A rebuild of the read model, beside the bare reading of the log and the bare insert of the rows that result.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags};
use tidings_eventstore::{EventStore, SqliteLog};
use tidings_projections::social;
use tidings_projections::sqlite::Generations;
use tidings_replay::{Options, Rebuild, SqliteShadows, Swap};
use tidings_world::{Handle, System};

use super::plain;
use crate::Failure;
use crate::report::Figures;

/// The names of the figures.
pub(crate) const REBUILD: &str = "events rebuilt into the read model";
pub(crate) const READ: &str = "  events of the log read by plain SELECTs";
const READ_STORE: &str = "  events of the log read through the store";
pub(crate) const INSERT: &str = "  events, by plain INSERTs of the resulting rows";

/// Rows a transaction of the bare insert.
const TOGETHER: usize = 1_000;

/// Rebuilds the read model of `log` in `views`.
pub(crate) async fn whole(log: &Path, views: &Path, figures: &mut Figures) -> Result<(), Failure> {
    let log = SqliteLog::open_read_only(log)?;
    let world: Handle = Arc::new(System::new());
    let store = EventStore::start(Arc::new(log.clone()), world.clone(), Default::default());
    let began = Instant::now();
    let mut shadows = SqliteShadows::new(views);
    let options = Options::default();
    let rebuild = Rebuild { store: &store, world: &world, group: social::group(), options };
    let rebuilt = rebuild.run(&mut shadows, Swap::Unproven, |_| ()).await?;
    figures.value(REBUILD, rebuilt.events as f64 / began.elapsed().as_secs_f64(), "/s");
    let (began, mut events) = (Instant::now(), 0);
    for partition in 0..store.partitions() {
        let mut after = 0;
        loop {
            let slice = store.read_partition(partition, after, Options::default().page).await?;
            events += slice.commits.iter().map(|commit| commit.events.len()).sum::<usize>();
            after = slice.commits.last().map_or(after, |last| last.position.number);
            if slice.end {
                break;
            }
        }
    }
    figures.value(READ_STORE, events as f64 / began.elapsed().as_secs_f64(), "/s");
    drop(store);
    log.close().await;
    Ok(())
}

/// Reads every column of every commit, and nothing more; tells how many events a second that are. Each commit of the long log holds one event.
pub(crate) fn bare_read(log: &Path) -> Result<f64, Failure> {
    let log = SqliteLog::open_read_only(log)?;
    let connection = read_only(log.file())?;
    let (began, mut events, mut bytes) = (Instant::now(), 0_u64, 0);
    for table in tables(&connection)?.iter().filter(|table| table.starts_with("commits_")) {
        let mut select = connection.prepare(&format!("SELECT * FROM {table} ORDER BY number"))?;
        let columns = select.column_count();
        let mut rows = select.query(())?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                bytes += size(row.get_ref(column)?);
            }
            events += 1;
        }
    }
    std::hint::black_box(bytes);
    Ok(events as f64 / began.elapsed().as_secs_f64())
}

/// Inserts the rows of the read model, which so many events made, into empty tables of the same shape; tells how many
/// events a second that are.
pub(crate) fn bare_insert(views: &Path, folder: &Path, events: u64) -> Result<f64, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let from = read_only(&file(views)?)?;
    let to = plain::open(&folder.path().join("rows.sqlite"))?;
    // As the read model's own writer is set.
    to.pragma_update(None, "synchronous", "NORMAL")?;
    let mut shapes = from.prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ('table', 'index') ORDER BY type DESC",
    )?;
    for sql in shapes.query_map((), |row| row.get::<_, String>(0))? {
        to.execute_batch(&sql?)?;
    }
    let mut took = std::time::Duration::ZERO;
    for table in tables(&from)? {
        let rows = rows_of(&from, &table)?;
        let Some(first) = rows.first() else { continue };
        let places = vec!["?"; first.len()].join(", ");
        let mut insert = to.prepare(&format!("INSERT INTO {table} VALUES ({places})"))?;
        let began = Instant::now();
        for some in rows.chunks(TOGETHER) {
            to.execute_batch("BEGIN IMMEDIATE")?;
            for row in some {
                insert.execute(rusqlite::params_from_iter(row))?;
            }
            to.execute_batch("COMMIT")?;
        }
        took += began.elapsed();
    }
    Ok(events as f64 / took.as_secs_f64())
}

/// The file of the read model in use.
pub(crate) fn file(views: &Path) -> Result<PathBuf, Failure> {
    let generations = Generations::new(views);
    let current = generations.current()?.ok_or("there is no read model")?;
    Ok(generations.file(current))
}

/// A connection that cannot write.
pub(crate) fn read_only(file: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.pragma_update(None, "cache_size", -(8 << 10))?;
    Ok(connection)
}

fn tables(of: &Connection) -> Result<Vec<String>, Failure> {
    let mut names =
        of.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let names = names.query_map((), |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn rows_of(connection: &Connection, table: &str) -> Result<Vec<Vec<Value>>, Failure> {
    let mut select = connection.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = select.column_count();
    let cells = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    let rows = select.query_map((), cells)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn size(cell: ValueRef<'_>) -> usize {
    match cell {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
    }
}
