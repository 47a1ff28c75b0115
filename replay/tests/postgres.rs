//! A rebuild gives row for row what live projection gave: in a PostgreSQL database.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

#[path = "../../projections/tests/postgres/database.rs"]
mod database;
mod support;

use std::sync::Arc;

use async_trait::async_trait;
use database::Database;
use support::{System, Views};
use tidings_projections::postgres::{PostgresReadModel, PostgresReader};
use tidings_projections::{ReadModel, Reader};
use tidings_replay::{PostgresShadows, Shadows};

#[async_trait]
impl Views for Database {
    fn model(&self) -> Arc<dyn ReadModel> {
        Arc::new(PostgresReadModel::open(self.url()))
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(PostgresReader::open(self.url()))
    }

    fn shadows(&self) -> Box<dyn Shadows> {
        Box::new(PostgresShadows::new(self.url()))
    }

    async fn generation(&self) -> u64 {
        let sql = "SELECT generation FROM tidings.current";
        self.client().await.query_one(sql, &[]).await.unwrap().get::<_, i64>(0).unsigned_abs()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_gives_row_for_row_what_live_projection_gave() {
    support::a_rebuild_gives_row_for_row_what_live_projection_gave(System::new(Database::create().await))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_projection_goes_on_from_a_rebuilt_read_model_without_a_gap() {
    support::live_projection_goes_on_from_a_rebuilt_read_model_without_a_gap(System::new(
        Database::create().await,
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_rebuild_at_once_is_refused() {
    support::a_second_rebuild_at_once_is_refused(System::new(Database::create().await)).await;
}
