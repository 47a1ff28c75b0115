//! The ledger in SQLite keeps what a ledger promises; each handle has connections of its own, as another process has.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)] // a test speaks by panicking

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tempfile::TempDir;
use tidings_ledger::conformance::Adapter;
use tidings_ledger::{Ledger, SqliteLedger};

struct Sqlite {
    folder: TempDir,
    open: Mutex<Vec<SqliteLedger>>,
}

impl Sqlite {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), open: Mutex::default() }
    }
}

#[async_trait]
impl Adapter for Sqlite {
    async fn open(&self) -> Arc<dyn Ledger> {
        let ledger = SqliteLedger::create_or_open(self.folder.path()).unwrap();
        self.open.lock().unwrap().push(ledger.clone());
        Arc::new(ledger)
    }

    async fn end(&self) {
        let open: Vec<_> = self.open.lock().unwrap().drain(..).collect();
        for ledger in open {
            ledger.close().await;
        }
    }
}

tidings_ledger::conformance!(Sqlite::new(), lasting);

fn twice() -> (SqliteLedger, SqliteLedger, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteLedger::create_or_open(folder.path()).unwrap();
    (open(), open(), folder)
}

tidings_ledger::progress_conformance!(twice());
