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
use tidings_projections::{ReadModel, Reader, social};
use tidings_replay::{PostgresAside, PostgresShadows, Purpose, Shadows};

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

    fn aside(&self) -> Box<dyn Shadows> {
        Box::new(PostgresAside::new(self.url(), "then").unwrap())
    }

    async fn texts(&self, aside: bool) -> Vec<Vec<String>> {
        let schema = if aside { "tidings_at_then" } else { "tidings" };
        let (client, mut tables) = (self.client().await, Vec::new());
        for table in social::group().tables() {
            let sql = format!("SELECT t::text FROM {schema}.{} t ORDER BY 1", table.name);
            tables.push(client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect());
        }
        tables
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
async fn a_rebuild_comes_to_an_end_beside_live_projection_that_never_rests() {
    support::a_rebuild_comes_to_an_end_beside_live_projection_that_never_rests(System::new(
        Database::create().await,
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_of_nothing_makes_the_first_read_model() {
    support::a_rebuild_of_nothing_makes_the_first_read_model(System::new(Database::create().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_lags_is_compared_where_it_stands() {
    support::a_read_model_that_lags_is_compared_where_it_stands(System::new(Database::create().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_differs_is_not_swapped_in() {
    support::a_read_model_that_differs_is_not_swapped_in(System::new(Database::create().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_is_built_again_aside() {
    support::what_was_is_built_again_aside(System::new(Database::create().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_there_is_not_overwritten() {
    let database = Database::create().await;
    let mut aside = database.aside();
    aside.begin(Purpose::Look).await.unwrap();
    aside.swap().await.unwrap();
    let refused = aside.begin(Purpose::Look).await.err().unwrap().to_string();
    assert!(refused.contains("there is a schema tidings_at_then already"), "{refused}");
    assert!(PostgresAside::new(database.url(), "then; DROP SCHEMA x").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_in_use_is_kept_until_it_is_dropped() {
    support::what_was_in_use_is_kept_until_it_is_dropped(System::new(Database::create().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_rebuild_at_once_is_refused() {
    support::a_second_rebuild_at_once_is_refused(System::new(Database::create().await)).await;
}
