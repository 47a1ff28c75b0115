//! What is larger than MongoDB takes at once.

use std::sync::Arc;
use std::time::Duration;

use tidings_eventstore::{AppendError, EventStore, Log, MongoLog, Options};
use tidings_world::System;

use crate::database::{Database, Server};
use crate::sample::{append, event, everything};

/// A store whose own limits are out of the way.
async fn boundless(database: &Database) -> (MongoLog, EventStore) {
    let log = database.log(1).await;
    let (most, patience) = (64 << 20, Duration::from_secs(60));
    let options = Options { max_event_bytes: most, max_commit_bytes: most, patience, ..Options::default() };
    (log.clone(), EventStore::start(Arc::new(log), Arc::new(System::new()), options))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_beyond_16_mib_is_refused_with_the_limit_named() {
    let database = Database::new(Server::MongoDb);
    let (log, store) = boundless(&database).await;
    let mut large = append();
    large.events = vec![event("x".repeat(16 << 20))];
    let mut many = append();
    // 3 MB of data, but what an event takes besides adds up.
    many.events = vec![event("{}"); 300_000];
    for append in [large, many] {
        match store.append(append).await {
            Err(AppendError::Unfit(why)) => assert!(why.contains("16777216 (16 MiB)"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(log.head(0).await.unwrap().number, 0, "it never reached the server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_commit_that_fits_is_stored_and_read_back() {
    let database = Database::new(Server::MongoDb);
    let (log, store) = boundless(&database).await;
    let (mut fits, mut too_large) = (1 << 23, 16 << 20);
    while too_large - fits > 1 {
        let middle = (fits + too_large) / 2;
        let mut tried = append();
        tried.events = vec![event("x".repeat(middle))];
        // Only asked, not stored: one that fits is asked for with a version that it does not have.
        tried.expected = 5;
        match store.append(tried).await {
            Err(AppendError::Conflict { .. }) => fits = middle,
            Err(AppendError::Unfit(_)) => too_large = middle,
            other => panic!("{other:?}"),
        }
    }
    let mut largest = append();
    largest.events = vec![event("x".repeat(fits))];
    let made = store.append(largest).await.unwrap().commit;
    assert_eq!(everything(&log).await, [made]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_beyond_what_one_command_takes_is_sent_in_parts() {
    let database = Database::new(Server::MongoDb);
    let (log, store) = boundless(&database).await;
    let appends: Vec<_> = (0..9)
        .map(|_| {
            let (store, mut append) = (store.clone(), append());
            append.events = vec![event("x".repeat(7 << 20))];
            tokio::spawn(async move { store.append(append).await })
        })
        .collect();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    assert_eq!(everything(&log).await.len(), 9);
}
