//! Rows that PostgreSQL will not have.

use std::sync::Arc;

use tidings_domain::post;
use tidings_domain::testing::sample;
use tidings_projections::postgres::PostgresReadModel;
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
