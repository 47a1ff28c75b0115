//! Starting: many at once, and what a person must mend.

use std::time::{Duration, Instant};

use tidings_projections::postgres::{PostgresReadModel, PostgresReader, PostgresUrl};
use tidings_projections::{ReadModel, ReadModelError, social};

use crate::database::Database;

#[tokio::test(flavor = "multi_thread")]
async fn ten_that_start_at_once_make_one_read_model() {
    let database = Database::create().await;
    let mut starting = Vec::new();
    for _ in 0..10 {
        let model = PostgresReadModel::open(database.url());
        starting.push(tokio::spawn(async move {
            model.attach(&social::group(), 8.into()).await?;
            model.checkpoint("social").await
        }));
    }
    for started in starting {
        assert_eq!(started.await.unwrap().unwrap().numbers, [0; 8]);
    }
    let sql = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^tidings_[0-9]+$'";
    let generations: i64 = database.client().await.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(generations, 1);
}

#[tokio::test]
async fn a_newer_format_is_refused_with_both_versions() {
    let database = Database::create().await;
    PostgresReadModel::open(database.url()).attach(&social::group(), 2.into()).await.unwrap();
    database.client().await.batch_execute("UPDATE tidings.current SET format = 9").await.unwrap();
    let model = PostgresReadModel::open(database.url());
    let refused = model.attach(&social::group(), 2.into()).await.unwrap_err();
    let says = "has format 9, but this program knows format 1";
    assert!(matches!(&refused, ReadModelError::Unfit(cause) if cause.contains(says)), "{refused}");
    let refused = PostgresReader::open(database.url()).check().await.unwrap_err();
    assert!(matches!(&refused, ReadModelError::Unfit(cause) if cause.contains(says)), "{refused}");
}

#[tokio::test]
async fn what_a_person_must_mend_is_told_at_once_and_without_the_password() {
    let database = Database::create().await;
    let text = database.text();
    let elsewhere = text.replace(&database.name, "nowhere_to_be_found");
    let stranger = text.replacen("postgres@", "nobody_known:s3cret@", 1);
    for url in [elsewhere, stranger] {
        let url: PostgresUrl = url.parse().unwrap();
        let refused = PostgresReader::open(url.clone()).check().await.unwrap_err();
        assert!(matches!(refused, ReadModelError::Unfit(_)), "{refused}");
        let unwritten =
            PostgresReadModel::open(url.clone()).attach(&social::group(), 2.into()).await.unwrap_err();
        assert!(matches!(unwritten, ReadModelError::Unfit(_)), "{unwritten}");
        let said = format!("{refused} {unwritten} {unwritten:?} {url:?}");
        assert!(said.contains(&url.to_string()) && !said.contains("s3cret"), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_within_seconds() {
    // Nothing listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url: PostgresUrl = format!("postgres://u:s3cret@{free}/d").parse().unwrap();
    let began = Instant::now();
    let refused = PostgresReadModel::open(url.clone()).attach(&social::group(), 2.into()).await.unwrap_err();
    assert!(matches!(refused, ReadModelError::Unavailable(_)), "{refused}");
    let refused = PostgresReader::open(url).check().await.unwrap_err();
    assert!(matches!(refused, ReadModelError::Unavailable(_)), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_is_unavailable_within_seconds() {
    // The system completes connections that nobody accepts.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: PostgresUrl = format!("postgres://u@{}/d", mute.local_addr().unwrap()).parse().unwrap();
    let began = Instant::now();
    let refused = PostgresReader::open(url).check().await.unwrap_err();
    assert!(matches!(refused, ReadModelError::Unavailable(_)), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_reader_may_start_before_the_writer() {
    let database = Database::create().await;
    let reader = PostgresReader::open(database.url());
    let early = reader.check().await.unwrap_err();
    assert!(early.to_string().contains("there is no read model yet"), "{early}");
    PostgresReadModel::open(database.url()).attach(&social::group(), 2.into()).await.unwrap();
    reader.check().await.unwrap();
}
