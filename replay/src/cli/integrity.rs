//! What SQLite finds in its own files: also in their indexes, which no scan of a table reads.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde_json::json;
use tidings_eventstore::SqliteLog;
use tidings_projections::sqlite::Generations;
use tidings_wiring::{StartError, StoreUrl, ViewsUrl};
use tokio::task::spawn_blocking;

use super::places::Places;
use super::report::Report;

/// Tells what is damaged in the file of the log; whether nothing is. What is on a server is the server's to check.
pub(super) async fn of_log(places: &Places, report: &Report) -> Result<bool, StartError> {
    match &places.store {
        StoreUrl::Sqlite(folder) => look(SqliteLog::file_of(folder), report).await,
        #[cfg(feature = "servers")]
        StoreUrl::MongoDb(_) => Ok(true),
    }
}

/// The same of the read model in use.
pub(super) async fn of_views(places: &Places, report: &Report) -> Result<bool, StartError> {
    match &places.views {
        ViewsUrl::Sqlite(folder) => {
            let generations = Generations::new(folder);
            match generations.current() {
                Ok(Some(current)) => look(generations.file(current), report).await,
                // That is told where it is compared.
                Ok(None) | Err(_) => Ok(true),
            }
        }
        #[cfg(feature = "servers")]
        ViewsUrl::Postgres(_) => Ok(true),
    }
}

/// Looks where it keeps nobody waiting.
async fn look(file: PathBuf, report: &Report) -> Result<bool, StartError> {
    let name = file.display().to_string();
    if !file.exists() {
        // That is told where it is read.
        return Ok(true);
    }
    let found = spawn_blocking(move || damages(&file)).await.map_err(StartError::new)?;
    let damages = found.map_err(|error| StartError::new(format_args!("{name}: {error}")))?;
    for damage in &damages {
        report.say(
            format_args!("{name} is damaged: {damage}"),
            || json!({ "damaged": { "file": name, "cause": damage } }),
        );
    }
    Ok(damages.is_empty())
}

/// What SQLite finds: a hundred findings at most. It reads the whole file, and keeps no writer waiting.
fn damages(file: &Path) -> rusqlite::Result<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    let mut found = Vec::new();
    let mut read = || {
        let mut statement = connection.prepare("PRAGMA integrity_check")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            found.push(row.get::<_, String>(0)?);
        }
        Ok::<_, rusqlite::Error>(())
    };
    if let Err(error) = read() {
        match error.sqlite_error_code() {
            // So damaged that it cannot go on.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => found.push(error.to_string()),
            _ => return Err(error),
        }
    }
    found.retain(|finding| finding != "ok");
    Ok(found)
}
