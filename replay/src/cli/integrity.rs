//! What SQLite finds in its own files: also in their indexes, which no scan of a table reads.

use std::path::{Path, PathBuf};

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
        StoreUrl::Sqlite(folder) => {
            let folder = folder.clone();
            let look = move || SqliteLog::damages(folder).map_err(StartError::new);
            Ok(tell(found(look).await?, report))
        }
        #[cfg(feature = "servers")]
        StoreUrl::MongoDb(_) => Ok(true),
    }
}

/// The same of the read model in use.
pub(super) async fn of_views(places: &Places, report: &Report) -> Result<bool, StartError> {
    match &places.views {
        ViewsUrl::Sqlite(folder) => {
            let generations = Generations::new(folder);
            // That there is none, or that it cannot be opened, is told where it is compared.
            let look = move || Ok(generations.damages().ok().flatten());
            Ok(found(look).await?.is_none_or(|found| tell(found, report)))
        }
        #[cfg(feature = "servers")]
        ViewsUrl::Postgres(_) => Ok(true),
    }
}

/// Looks where it keeps nobody waiting.
async fn found<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    spawn_blocking(look).await.map_err(StartError::new)?
}

fn tell((file, damages): (PathBuf, Vec<String>), report: &Report) -> bool {
    let name = |file: &Path| file.display().to_string();
    for damage in &damages {
        report.say(
            format_args!("{} is damaged: {damage}", name(&file)),
            || json!({ "damaged": { "file": name(&file), "cause": damage } }),
        );
    }
    damages.is_empty()
}
