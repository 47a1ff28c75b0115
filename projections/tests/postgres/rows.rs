//! Rows that PostgreSQL will not have.

use std::sync::Arc;

use tidings_domain::post;
use tidings_domain::testing::sample;
use tidings_projections::postgres::{PostgresReadModel, PostgresUrl, Rebuild};
use tidings_projections::{Projector, ReadModel, social};

use crate::database::Database;
use crate::support::{History, PARTITIONS};

/// The domain lets no such text in; a log that others wrote may hold it.
#[tokio::test]
async fn a_text_with_nul_is_parked_with_its_stream_and_the_others_go_on() {
    let database = Database::create().await;
    let mut history = History::default();
    (1..=20).for_each(|n| {
        history.post(n, 7);
    });
    let edit = |text: &str| post::Event::PostEdited { post: sample::post(3), text: text.into() };
    history
        .add(post::stream(sample::post(3)), &edit("a\0b"))
        .add(post::stream(sample::post(3)), &edit("late"));
    history.post(21, 7);
    let model = Arc::new(PostgresReadModel::open(database.url()));
    let mut projector = Projector::attach(model.clone(), social::group(), PARTITIONS).await.unwrap();
    // In steps of their own: merged with the later edit, the text would not be stored at all.
    projector.apply(&history.events[..21], sample::time(5)).await.unwrap();
    projector.apply(&history.events, sample::time(5)).await.unwrap();

    let parked = model.parked("social").await.unwrap();
    let seen: Vec<_> = parked.iter().map(|p| (p.event.as_str(), p.error.is_empty())).collect();
    assert_eq!(seen, [("PostEdited", false), ("PostEdited", true)], "{parked:?}");
    let sql = "SELECT count(*), count(*) FILTER (WHERE text = 'hello') FROM tidings.posts";
    let row = database.client().await.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (21, 21));
    assert_eq!(projector.checkpoint().numbers.iter().sum::<u64>(), 23, "every commit is seen");
}

/// All that a model holds after some steps, as PostgreSQL shows it.
async fn rows_after(
    database: &Database,
    schema: &str,
    model: PostgresReadModel,
    history: &History,
) -> [String; 4] {
    let mut projector = Projector::attach(Arc::new(model), social::group(), PARTITIONS).await.unwrap();
    for step in history.events.chunks(1_500) {
        projector.apply(step, sample::time(5)).await.unwrap();
    }
    let client = database.client().await;
    let mut tables = ["posts", "likes", "follows", "profiles"].map(str::to_owned);
    for table in &mut tables {
        let rows = "count(*) || ' rows ' || md5(string_agg(t::text, '' ORDER BY t::text))";
        let sql = format!("SELECT {rows} FROM {schema}.{table} t");
        *table = client.query_one(&sql, &[]).await.unwrap().get(0);
    }
    tables
}

#[tokio::test]
async fn rows_that_are_copied_piece_by_piece_or_bit_by_bit_are_those_that_are_inserted() {
    let mut history = History::default();
    for n in 1..=3_000 {
        history.post(n, n % 7).like(n % 11, sample::post(n)).follow(n, n % 7);
        let edit = post::Event::PostEdited { post: sample::post(n), text: "ä".repeat(120) };
        history.add(post::stream(sample::post(n)), &edit);
    }
    let inserted = {
        let database = Database::create().await;
        let model = PostgresReadModel::open(database.url());
        rows_after(&database, "tidings", model, &history).await
    };
    assert!(inserted[..3].iter().all(|table| table.starts_with("3000 rows ")), "{inserted:?}");
    for (which, url) in
        [("pieces", (|url| url) as fn(PostgresUrl) -> PostgresUrl), ("bits", PostgresUrl::gently)]
    {
        let database = Database::create().await;
        // The read model in use is the first.
        Projector::attach(Arc::new(PostgresReadModel::open(database.url())), social::group(), PARTITIONS)
            .await
            .unwrap();
        let mut rebuild = Rebuild::lock(url(database.url())).await.unwrap();
        let model = rebuild.begin().await.unwrap();
        assert_eq!(rows_after(&database, "tidings_2", model, &history).await, inserted, "{which}");
    }
}
