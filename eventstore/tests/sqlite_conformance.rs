//! The log in SQLite keeps what a log promises.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)] // a test speaks by panicking

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tempfile::TempDir;
use tidings_eventstore::conformance::Adapter;
use tidings_eventstore::{Log, SqliteLog};

struct Sqlite {
    folder: TempDir,
    open: Mutex<Option<SqliteLog>>,
}

impl Sqlite {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), open: Mutex::new(None) }
    }

    fn open(&self, partitions: u16) -> Arc<dyn Log> {
        let log = SqliteLog::create_or_open(self.folder.path(), partitions).unwrap();
        *self.open.lock().unwrap() = Some(log.clone());
        Arc::new(log)
    }
}

#[async_trait]
impl Adapter for Sqlite {
    async fn create(&self, partitions: u16) -> Arc<dyn Log> {
        self.open(partitions)
    }

    async fn reopen(&self, _: Arc<dyn Log>) -> Arc<dyn Log> {
        let open = self.open.lock().unwrap().take().unwrap();
        open.close().await;
        self.open(8)
    }
}

tidings_eventstore::conformance!(Sqlite::new(), lasting);
