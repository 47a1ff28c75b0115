//! The PostgreSQL read model on a real server: the conformance suite, and what is its own.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

mod database;
mod queries;
mod rows;
mod starting;
#[path = "../support/mod.rs"]
mod support;
mod switching;
mod zombies;

use std::sync::Arc;

use async_trait::async_trait;
use database::Database;
use tidings_projections::ReadModel;
use tidings_projections::conformance::{self, Opened, Subject};
use tidings_projections::postgres::{PostgresReadModel, PostgresReader, Rebuild};
use tokio::sync::Mutex;

/// Swaps a rebuild in, in whatever time others leave for it.
async fn swap(mut rebuild: Rebuild) {
    while !rebuild.try_swap().await.unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    rebuild.unlock().await.unwrap();
}

/// A database of its own, and the rebuild under way in it.
#[derive(Default)]
struct Store {
    database: tokio::sync::OnceCell<Database>,
    rebuild: Mutex<Option<(Rebuild, PostgresReadModel)>>,
}

impl Store {
    async fn database(&self) -> &Database {
        self.database.get_or_init(Database::create).await
    }
}

#[async_trait]
impl Subject for Store {
    async fn open(&self) -> Opened {
        let url = self.database().await.url();
        Opened {
            model: Arc::new(PostgresReadModel::open(url.clone())),
            reader: Arc::new(PostgresReader::open(url)),
        }
    }

    async fn begin_rebuild(&self) -> Option<Arc<dyn ReadModel>> {
        let mut rebuild = Rebuild::lock(self.database().await.url()).await.unwrap();
        let shadow = rebuild.begin().await.unwrap();
        *self.rebuild.lock().await = Some((rebuild, shadow.clone()));
        Some(Arc::new(shadow))
    }

    async fn finish_rebuild(&self) {
        let (rebuild, shadow) = self.rebuild.lock().await.take().unwrap();
        shadow.settle().await.unwrap();
        swap(rebuild).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_keeps_the_promises() {
    conformance::run(Store::default).await;
}
