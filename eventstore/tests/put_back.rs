//! Another log in the place of the one that was opened: emptied, put back to an earlier state, replaced.
#![allow(clippy::unwrap_used)] // a test speaks by panicking

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::Encoded;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Append, AppendError, Appended, EventStore, Log, MemoryLog, Options};
use tidings_world::Seeded;
use tokio::time::sleep;
use uuid::Uuid;

/// Answers from one log or from another.
struct Place(Mutex<Arc<MemoryLog>>);

impl Place {
    fn new() -> Arc<Layered<Self>> {
        Arc::new(Layered(Self(Mutex::new(Arc::new(MemoryLog::new(1))))))
    }

    fn log(&self) -> Arc<MemoryLog> {
        self.0.lock().unwrap().clone()
    }

    fn put(&self, log: Arc<MemoryLog>) {
        *self.0.lock().unwrap() = log;
    }
}

#[async_trait]
impl Layer for Place {
    fn under(&self) -> Arc<dyn Log> {
        self.log()
    }
    fn is_shared(&self) -> bool {
        true
    }
}

async fn append(store: &EventStore, number: u128) -> Result<Appended, AppendError> {
    let command = Uuid::from_u128(number);
    let append = Append {
        stream: format!("thing-{number}").parse().unwrap(),
        expected: 0,
        events: vec![Encoded { name: "Happened".into(), schema: 1, data: "{}".into() }],
        command,
        correlation: command,
        causation: None,
        actor: command,
        occurred_at: None,
    };
    store.append(append).await
}

fn start(place: &Arc<Layered<Place>>, seed: u64) -> EventStore {
    EventStore::start(place.clone(), Arc::new(Seeded::new(seed)), Options::default())
}

fn refused(answer: &Result<Appended, AppendError>, why: &str) -> bool {
    matches!(answer, Err(AppendError::Unavailable(cause)) if cause.contains(why))
}

#[tokio::test(start_paused = true)]
async fn nothing_is_appended_to_a_log_that_is_not_the_one_that_was_known_and_all_is_well_when_it_is_back() {
    let place = Place::new();
    let store = start(&place, 7);
    for number in 1..=3 {
        append(&store, number).await.unwrap();
    }
    let known = place.0.log();

    let emptied = Arc::new(MemoryLog::new(1));
    place.0.put(emptied.clone());
    sleep(Duration::from_secs(3)).await;
    let answer = append(&store, 4).await;
    assert!(refused(&answer, "0:3: the commit, which was acknowledged, is gone"), "{answer:?}");
    assert_eq!(emptied.head(0).await.unwrap().number, 0);

    // As long, and not the same.
    let other = Place::new();
    let writer = start(&other, 8);
    for number in 11..=15 {
        append(&writer, number).await.unwrap();
    }
    place.0.put(other.0.log());
    let answer = append(&store, 5).await;
    assert!(refused(&answer, "0:3: the commit, which was acknowledged, is another now"), "{answer:?}");
    assert_eq!(other.0.log().head(0).await.unwrap().number, 5);

    place.0.put(known.clone());
    append(&store, 4).await.unwrap();
    assert_eq!(known.head(0).await.unwrap().number, 4);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_goes_while_it_is_written_to_without_a_pause_is_missed_within_seconds() {
    let place = Place::new();
    let store = start(&place, 7);
    append(&store, 1).await.unwrap();
    place.0.put(Arc::new(MemoryLog::new(1)));
    let mut refusals = 0;
    for number in 2..1_000 {
        match append(&store, number).await {
            Ok(_) => assert_eq!(refusals, 0),
            Err(_) => refusals += 1,
        }
        if refusals == 3 {
            assert!(number < 300, "{number} at a hundred a second");
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody missed it");
}
