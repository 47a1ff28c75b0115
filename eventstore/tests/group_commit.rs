//! Appends that wait are stored together, and one that cannot be stored costs the others little.
#![allow(clippy::unwrap_used)] // a test speaks by panicking

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::Encoded;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{
    Append, AppendError, Appended, Batch, EventStore, InsertError, Log, MemoryLog, Options, Shape,
    partition_of,
};
use tidings_world::Seeded;
use tokio::task::yield_now;
use tokio::time::Instant;
use uuid::Uuid;

/// Counts the inserts, the commits in them, and how many inserts are under way.
struct Counting {
    log: MemoryLog,
    shape: Shape,
    /// Whose inserts have no end.
    hangs: Option<u16>,
    inserts: AtomicUsize,
    commits: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl Counting {
    fn new() -> Arc<Layered<Self>> {
        Self::of(MemoryLog::new(8).shape())
    }

    fn of(shape: Shape) -> Arc<Layered<Self>> {
        Self::that_hangs(shape, None)
    }

    fn that_hangs(shape: Shape, hangs: Option<u16>) -> Arc<Layered<Self>> {
        let [inserts, commits, under_way, most_under_way] = Default::default();
        let log = MemoryLog::new(shape.partitions);
        Arc::new(Layered(Self { log, shape, hangs, inserts, commits, under_way, most_under_way }))
    }

    fn counts(&self) -> (usize, usize) {
        (self.inserts.load(Ordering::SeqCst), self.commits.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Layer for Counting {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }
    fn shape(&self) -> Shape {
        self.shape
    }
    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        if batches.iter().any(|batch| Some(batch.partition) == self.hangs) {
            pending::<()>().await;
        }
        self.inserts.fetch_add(1, Ordering::SeqCst);
        self.commits.fetch_add(batches.iter().map(|b| b.commits.len()).sum(), Ordering::SeqCst);
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        // Whoever else may begin one does so now.
        for _ in 0..100 {
            yield_now().await;
        }
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        self.log.insert(batches).await
    }
}

fn append(command: u128, stream: &str, data: &str) -> Append {
    let command = Uuid::from_u128(command);
    Append {
        stream: stream.parse().unwrap(),
        expected: 0,
        events: vec![Encoded { name: "Happened".into(), schema: 1, data: data.into() }],
        command,
        correlation: command,
        causation: None,
        actor: command,
        occurred_at: None,
    }
}

async fn all(log: &Arc<Layered<Counting>>, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
    let store = EventStore::start(log.clone(), Arc::new(Seeded::new(7)), Options::default());
    let send = |append| {
        let store = store.clone();
        tokio::spawn(async move { store.append(append).await })
    };
    let mut answers = Vec::new();
    for task in appends.into_iter().map(send).collect::<Vec<_>>() {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn waiting_appends_of_all_partitions_are_one_insert() {
    let log = Counting::new();
    let answers = all(&log, (0..256).map(|n| append(n, &format!("thing-{n}"), "{}")).collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    let (inserts, commits) = log.0.counts();
    assert!(inserts <= 2 && commits == 256, "{inserts} inserts of {commits} commits");
}

#[tokio::test]
async fn half_of_the_lanes_insert_while_what_comes_for_the_others_makes_their_inserts_larger() {
    for (lanes, half) in [(1, 1), (2, 1), (5, 3), (8, 4)] {
        let log = Counting::of(Shape { partitions: lanes, lanes, gather: Duration::ZERO });
        let answers = all(&log, (0..256).map(|n| append(n, &format!("thing-{n}"), "{}")).collect()).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(log.0.most_under_way.load(Ordering::SeqCst), half, "of {lanes} lanes");
        let (inserts, commits) = log.0.counts();
        assert!(
            inserts <= 2 * usize::from(lanes) && commits == 256,
            "{inserts} inserts of {commits} commits"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_hangs_holds_up_no_other() {
    let log = Counting::that_hangs(Shape { partitions: 2, lanes: 2, gather: Duration::ZERO }, Some(0));
    let store = EventStore::start(log.clone(), Arc::new(Seeded::new(7)), Options::default());
    let (mut hang, mut go) = (Vec::new(), Vec::new());
    for n in 0..100 {
        let (store, append) = (store.clone(), append(n, &format!("thing-{n}"), "{}"));
        let hangs = partition_of(&append.stream, 2) == 0;
        let task = tokio::spawn(async move { store.append(append).await });
        if hangs {
            hang.push(task)
        } else {
            go.push(task)
        }
        // Each kind is at it, or waits, before the next comes.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let began = Instant::now();
    for task in go {
        assert!(task.await.unwrap().is_ok());
    }
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    assert!(hang.len() > 10 && hang.iter().all(|task| !task.is_finished()));
}

#[tokio::test]
async fn the_losers_of_a_race_for_one_stream_are_not_inserted_one_by_one() {
    let log = Counting::new();
    let answers = all(&log, (0..256).map(|n| append(n, "thing-hot", "{}")).collect()).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let conflict = |answer: &Result<_, _>| matches!(answer, Err(AppendError::Conflict { actual: 1, .. }));
    assert_eq!(answers.iter().filter(|answer| conflict(answer)).count(), 255);
    let (inserts, commits) = log.0.counts();
    assert!(inserts <= 2 && commits <= 2, "{inserts} inserts of {commits} commits");
}

#[tokio::test]
async fn the_sendings_of_one_command_that_wait_together_are_one_commit() {
    let log = Counting::new();
    let answers = all(&log, (0..256).map(|_| append(1, "thing-1", "{}")).collect()).await;
    let first = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|a| !a.replayed)).count();
    let again = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|a| a.replayed)).count();
    assert_eq!((first, again), (1, 255));
    let (inserts, commits) = log.0.counts();
    assert!(inserts <= 2 && commits <= 2, "{inserts} inserts of {commits} commits");
}

#[tokio::test]
async fn one_insert_is_bounded_in_bytes() {
    let log = Counting::new();
    let large = format!("\"{}\"", "x".repeat((1 << 20) - 2));
    let answers = all(&log, (0..32).map(|n| append(n, &format!("thing-{n}"), &large)).collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    let (inserts, _) = log.0.counts();
    assert!((4..=6).contains(&inserts), "{inserts} inserts of 32 MiB");
}
