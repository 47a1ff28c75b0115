//! Long work outlives a log that does not answer for a while.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use log::{Raw, store_of};
use tidings_bus::MemoryBus;
use tidings_domain::Timestamp;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{EventStore, Log, MemoryLog, ReadError, Slice};
use tidings_projections::social;
use tidings_replay::{
    Options, Overwrite, PatientLog, Rebuild, SqliteShadows, Swap, export, publish, verify_log,
};
use tidings_world::{Handle, System};
use tokio::time::Instant;

/// Does not answer between two of its reads.
struct Away {
    log: MemoryLog,
    reads: AtomicU64,
    from: u64,
    to: u64,
}

#[async_trait]
impl Layer for Away {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }
    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let read = self.reads.fetch_add(1, Ordering::Relaxed);
        if (self.from..self.to).contains(&read) {
            return Err(ReadError::Unavailable("gave no answer".into()));
        }
        self.log.read_partition(partition, after, limit).await
    }
}

type Said = Arc<Mutex<Vec<String>>>;

/// A log that is read with patience, and does not answer between two reads; and what is said.
fn store(log: &MemoryLog, from: u64, to: u64) -> (EventStore, Said) {
    let (world, said): (Handle, Said) = (Arc::new(System::new()), Said::default());
    let away = Arc::new(Layered(Away { log: log.clone(), reads: AtomicU64::new(0), from, to }));
    let say = {
        let said = said.clone();
        move |words: &str| said.lock().unwrap().push(words.to_owned())
    };
    (store_of(PatientLog::new(away, world, Duration::from_secs(60), say)), said)
}

fn is_told_once(said: &Said) {
    let said = std::mem::take(&mut *said.lock().unwrap());
    let [began, over] = &*said else { panic!("{said:?}") };
    assert_eq!(began, "waiting for the log, 60 s at most: gave no answer");
    assert!(over.starts_with("the log answers again after "), "{over}");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_work_goes_on_where_the_log_did_not_answer_for_a_while() {
    let log = Raw::random(2, 400).log().await;
    let folder = tempfile::tempdir().unwrap();

    let (silent, said) = store(&log, 1, 6);
    assert_eq!(verify_log(&silent, 2, |_| {}).await.unwrap().commits(), 400);
    is_told_once(&said);

    let (silent, said) = store(&log, 3, 8);
    let world: Handle = Arc::new(System::new());
    let options = Options { page: 20, ..Options::default() };
    let rebuild = Rebuild { store: &silent, world: &world, group: social::group(), options };
    let mut shadows = SqliteShadows::new(folder.path());
    let rebuilt = rebuild.run(&mut shadows, Swap::IfEqual { differences: 1 }, |_| {}).await.unwrap();
    assert!(rebuilt.swapped && rebuilt.events > 400, "{rebuilt:?}");
    is_told_once(&said);

    let (silent, said) = store(&log, 1, 6);
    let file = folder.path().join("log.jsonl");
    let exported = export(&silent, &file, Overwrite::No, Timestamp::default(), |_| {}).await.unwrap();
    assert_eq!(exported.commits, 400);
    is_told_once(&said);

    let (silent, said) = store(&log, 1, 6);
    let bus = MemoryBus::default();
    let published = publish(&silent, Arc::new(bus), Default::default(), |_| {}).await.unwrap();
    assert_eq!(published.events, rebuilt.events);
    is_told_once(&said);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_stays_away_ends_it_after_the_time_that_was_told() {
    let log = Raw::random(2, 10).log().await;
    let (silent, said) = store(&log, 0, u64::MAX);
    let began = Instant::now();
    let error = verify_log(&silent, 2, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("gave no answer"), "{error}");
    let waited = began.elapsed();
    assert!((60..65).contains(&waited.as_secs()), "{waited:?}");
    assert!(said.lock().unwrap().len() <= 2, "few words: {said:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_damaged_is_not_asked_for_again() {
    let mut raw = Raw::random(2, 50);
    raw.partitions[0].remove(3);
    let world: Handle = Arc::new(System::new());
    let say = |words: &str| panic!("{words}");
    let patient = PatientLog::new(Arc::new(raw.log_unchecked()), world, Duration::from_secs(60), say);
    let began = Instant::now();
    assert!(!verify_log(&store_of(patient), 2, |_| {}).await.unwrap().is_intact());
    assert_eq!(began.elapsed(), Duration::ZERO);
}
