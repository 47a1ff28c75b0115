//! Writers of several processes on one partition, each with a way of its own to the log.

#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::{Encoded, StreamId};
use tidings_eventstore::{
    Append, AppendError, Batch, Commit, EventStore, Head, InsertError, Log, MemoryLog, Options, ReadError,
    Shape, Slice,
};
use tidings_world::{Handle, Seeded, World};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// The log as it is reached over a way that takes so long in each direction.
struct Far {
    log: MemoryLog,
    way: Duration,
}

impl Far {
    async fn there_and_back<T>(&self, call: impl Future<Output = T>) -> T {
        sleep(self.way).await;
        let answer = call.await;
        sleep(self.way).await;
        answer
    }
}

#[async_trait]
impl Log for Far {
    fn shape(&self) -> Shape {
        self.log.shape()
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.there_and_back(self.log.insert(batches)).await
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.there_and_back(self.log.read_stream(stream, version, limit)).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.there_and_back(self.log.read_partition(partition, after, limit)).await
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.there_and_back(self.log.head(partition)).await
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.there_and_back(self.log.version(stream)).await
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.there_and_back(self.log.find_command(partition, command)).await
    }
}

fn append(world: &Handle, writer: u64, n: u64) -> Append {
    Append {
        stream: format!("lamp-{writer}-{n}").parse().unwrap(),
        expected: 0,
        events: vec![Encoded { name: "TurnedOn".into(), schema: 1, data: "{}".into() }],
        command: world.id(),
        correlation: world.id(),
        causation: None,
        actor: world.id(),
        occurred_at: None,
    }
}

fn store(log: &MemoryLog, way: Duration, world: &Handle) -> EventStore {
    EventStore::start(Arc::new(Far { log: log.clone(), way }), world.clone(), Options::default())
}

/// Appends one after another from so many callers; what each append took, and how many were told `Unavailable`.
async fn keep_appending(
    store: EventStore,
    world: Handle,
    writer: u64,
    until: Instant,
) -> (usize, usize, Duration) {
    let caller = |caller: u64| {
        let (store, world) = (store.clone(), world.clone());
        async move {
            let (mut done, mut refused, mut longest) = (0, 0, Duration::ZERO);
            while Instant::now() < until {
                let began = Instant::now();
                match store.append(append(&world, writer, caller << 32 | done as u64)).await {
                    Ok(_) => done += 1,
                    Err(AppendError::Unavailable(_)) => refused += 1,
                    Err(error) => panic!("{error}"),
                }
                longest = longest.max(began.elapsed());
            }
            (done, refused, longest)
        }
    };
    let callers: Vec<_> = (0..8).map(|n| tokio::spawn(caller(n))).collect();
    let (mut done, mut refused, mut longest) = (0, 0, Duration::ZERO);
    for caller in callers {
        let (d, r, l) = caller.await.unwrap();
        (done, refused, longest) = (done + d, refused + r, longest.max(l));
    }
    (done, refused, longest)
}

async fn race(ways: [u64; 2]) -> [(usize, usize, Duration); 2] {
    let (log, world): (_, Handle) = (MemoryLog::new(1), Arc::new(Seeded::new(7)));
    let until = Instant::now() + Duration::from_secs(60);
    let way = |n: usize| Duration::from_millis(ways[n]);
    let (one, two) = tokio::join!(
        keep_appending(store(&log, way(0), &world), world.clone(), 0, until),
        keep_appending(store(&log, way(1), &world), world.clone(), 1, until),
    );
    assert_eq!(log.head(0).await.unwrap().number, (one.0 + two.0) as u64);
    println!("{ways:?}: {one:?} {two:?}");
    [one, two]
}

#[tokio::test(start_paused = true)]
async fn two_that_are_equally_near_both_get_on() {
    let [one, two] = race([2, 2]).await;
    assert_eq!((one.1, two.1), (0, 0), "nobody is told to come back");
    assert!(one.0 > 1_000 && two.0 > 1_000, "{one:?} {two:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_far_is_answered_in_time_though_a_near_one_always_wins() {
    let [near, far] = race([1, 20]).await;
    assert!(near.0 > 10_000, "{near:?}");
    assert!(far.2 <= Options::default().patience + Duration::from_secs(1), "{far:?}");
}
