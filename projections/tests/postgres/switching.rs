//! Swaps, while others read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tidings_domain::Position;
use tidings_domain::testing::sample;
use tidings_projections::postgres::{PostgresReadModel, PostgresReader, Rebuild};
use tidings_projections::{Advance, ReadModel, Reader, Select, Step, Value, social};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::database::Database;

/// A step after which the only user has `to` followers.
fn count(from: u64, to: u64, parked_epoch: u64) -> Step {
    let advances = vec![Advance { partition: 0, from, to, commit: Uuid::from_u128(to.into()) }];
    let mut step = Step { advances, parked_epoch, ..Step::default() };
    let row = step.changes.row("profiles", [sample::user(1).into()]);
    row.add("followers", i64::try_from(to - from).unwrap());
    step
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_no_error_and_nothing_older_through_many_swaps() {
    const SWAPS: u64 = 3;
    let database = Database::create().await;
    let group = social::group();
    let model = PostgresReadModel::open(database.url());
    model.attach(&group, 1.into()).await.unwrap();
    model.apply(&group, &count(0, 1, 0)).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = Vec::new();
    for _ in 0..3 {
        let (reader, done) = (PostgresReader::open(database.url()), done.clone());
        readers.push(tokio::spawn(async move {
            let (mut seen, mut reads) = (1, 0_u32);
            while !done.load(Ordering::Relaxed) || seen <= SWAPS {
                let select = Select { sql: "SELECT followers FROM profiles", params: vec![] };
                let after = [Position::new(0, seen)];
                let Some(found) = reader.select("social", &after, &select).await.unwrap() else {
                    panic!("what was seen once is seen for ever");
                };
                let [Value::Int(followers)] = found.rows[0][..] else { panic!("{found:?}") };
                assert!(followers.unsigned_abs() >= seen, "{followers} after {seen}");
                seen = followers.unsigned_abs();
                reads += 1;
            }
            reads
        }));
    }
    for swap in 1..=SWAPS {
        let mut rebuild = Rebuild::lock(database.url()).await.unwrap();
        let shadow = rebuild.begin().await.unwrap();
        shadow.attach(&group, 1.into()).await.unwrap();
        let epoch = shadow.checkpoint("social").await.unwrap().parked_epoch;
        shadow.apply(&group, &count(0, swap + 1, epoch)).await.unwrap();
        shadow.settle().await.unwrap();
        crate::swap(rebuild).await;
        assert_eq!(model.checkpoint("social").await.unwrap().numbers, [swap + 1], "the writer follows");
        let shown = database.client().await.query_one("SELECT followers FROM tidings.profiles", &[]).await;
        assert_eq!(shown.unwrap().get::<_, i64>(0), i64::try_from(swap + 1).unwrap(), "so do the views");
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_is_noticed_by_all_connections_of_a_reader_at_once() {
    let database = Database::create().await;
    let model = PostgresReadModel::open(database.url());
    model.attach(&social::group(), 1.into()).await.unwrap();
    let reader = PostgresReader::open(database.url());
    // Many at once, so that it has as many connections as it may.
    let mut slow = JoinSet::new();
    for _ in 0..16 {
        let reader = reader.clone();
        let select = Select { sql: "SELECT 1 AS one FROM pg_sleep(0.2)", params: vec![] };
        slow.spawn(async move { reader.select("social", &[], &select).await.unwrap().unwrap() });
    }
    slow.join_all().await;

    for _ in 0..2 {
        let mut rebuild = Rebuild::lock(database.url()).await.unwrap();
        let shadow = rebuild.begin().await.unwrap();
        shadow.attach(&social::group(), 1.into()).await.unwrap();
        shadow.settle().await.unwrap();
        crate::swap(rebuild).await;
        let select = Select { sql: "SELECT followers FROM profiles", params: vec![] };
        for _ in 0..10 {
            reader.select("social", &[], &select).await.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_reads_a_view_holds_a_swap_up_and_no_query() {
    let database = Database::create().await;
    let model = PostgresReadModel::open(database.url());
    model.attach(&social::group(), 1.into()).await.unwrap();
    let reader = PostgresReader::open(database.url());
    let person = database.client().await;
    person.batch_execute("BEGIN; SELECT FROM tidings.posts").await.unwrap();

    let mut rebuild = Rebuild::lock(database.url()).await.unwrap();
    let shadow = rebuild.begin().await.unwrap();
    shadow.attach(&social::group(), 1.into()).await.unwrap();
    shadow.settle().await.unwrap();
    let swapping = tokio::spawn(crate::swap(rebuild));
    for _ in 0..20 {
        let began = std::time::Instant::now();
        reader.checkpoint("social").await.unwrap();
        assert!(began.elapsed() < std::time::Duration::from_millis(1_500));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!swapping.is_finished());
    person.batch_execute("COMMIT").await.unwrap();
    swapping.await.unwrap();
    let sql = "SELECT generation FROM tidings.current";
    assert_eq!(person.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 2);
}

#[tokio::test]
async fn a_view_of_another_shape_is_made_anew() {
    let database = Database::create().await;
    let model = PostgresReadModel::open(database.url());
    model.attach(&social::group(), 1.into()).await.unwrap();
    let client = database.client().await;
    client
        .batch_execute("DROP VIEW tidings.posts; CREATE VIEW tidings.posts AS SELECT 1 AS old, 2 AS columns")
        .await
        .unwrap();
    let mut rebuild = Rebuild::lock(database.url()).await.unwrap();
    let shadow = rebuild.begin().await.unwrap();
    shadow.attach(&social::group(), 1.into()).await.unwrap();
    shadow.settle().await.unwrap();
    crate::swap(rebuild).await;
    client.query("SELECT post, likes FROM tidings.posts", &[]).await.unwrap();
}
