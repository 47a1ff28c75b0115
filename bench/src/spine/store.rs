//! Appends straight into the store on SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tidings_eventstore::{EventStore, SqliteLog};
use tidings_world::{Handle, System};

use crate::Failure;
use crate::event::PARTITIONS;
use crate::sample::Sample;

/// So many tasks, each appending one commit after another to a fresh log.
pub(crate) async fn appends(folder: &Path, tasks: usize, time: Duration) -> Result<Sample, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let log = SqliteLog::create_or_open(folder.path(), PARTITIONS)?;
    let world: Handle = Arc::new(System::new());
    let store = EventStore::start(Arc::new(log.clone()), world, tidings_eventstore::Options::default());
    let sample = crate::appends::appends(&store, tasks, time).await?;
    drop(store);
    log.close().await;
    Ok(sample)
}
