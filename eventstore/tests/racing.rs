//! Writers of several processes on one partition, each with a way of its own to the log.

#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tidings_domain::{Encoded, StreamId};
use tidings_eventstore::{
    Append, AppendError, Batch, Commit, EventStore, Head, InsertError, Log, MemoryLog, Options, ReadError,
    Shape, Slice,
};
use tidings_world::{Handle, Seeded};
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
    let until = Instant::now() + Duration::from_secs(12);
    let way = |n: usize| Duration::from_millis(ways[n]);
    let (one, two) = tokio::join!(
        keep_appending(store(&log, way(0), &world), world.clone(), 0, until),
        keep_appending(store(&log, way(1), &world), world.clone(), 1, until),
    );
    assert_eq!(log.head(0).await.unwrap().number, (one.0 + two.0) as u64);
    [one, two]
}

/// A writer that is at work without a pause wins every race against one that is no nearer to the log than itself:
/// whoever has to read the tail first comes too late. So owners are for more than speed where hosts are busy; without
/// one, the loser's callers are told, and do not wait for ever.
#[tokio::test(start_paused = true)]
async fn who_always_loses_is_answered_in_time() {
    for ways in [[2, 2], [1, 20]] {
        let [winner, loser] = race(ways).await;
        assert!(winner.0 > 5_000 && winner.1 == 0, "{winner:?}");
        assert!(loser.1 > 0, "nobody lost, so this shows nothing: {loser:?}");
        assert!(loser.2 <= Options::default().patience + Duration::from_secs(1), "{loser:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_races_one_that_rests_now_and_then_gets_on() {
    let (log, world): (_, Handle) = (MemoryLog::new(1), Arc::new(Seeded::new(7)));
    let near = store(&log, Duration::from_millis(1), &world);
    let far = store(&log, Duration::from_millis(3), &world);
    for n in 0..200 {
        let burst = (0..5).map(|k| near.append(append(&world, 0, n * 5 + k)));
        let (all, one) = tokio::join!(join_all(burst), far.append(append(&world, 1, n)));
        assert!(all.iter().all(Result::is_ok) && one.is_ok(), "{one:?}");
    }
    assert_eq!(log.head(0).await.unwrap().number, 1_200);
}
