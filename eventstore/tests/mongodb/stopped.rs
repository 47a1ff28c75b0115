//! A server that stops, hangs, or dies under load.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tidings_eventstore::{AppendError, EventStore, MongoLog};
use uuid::Uuid;

use crate::database::connected;
use crate::own_server::OwnServer;
use crate::sample::{append, everything, start};

/// What 64 callers saw until they were told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    callers: Vec<tokio::task::JoinHandle<Seen>>,
}

#[derive(Default)]
struct Seen {
    acknowledged: BTreeSet<Uuid>,
    asked: BTreeSet<Uuid>,
    unavailable: usize,
    slowest: Duration,
}

impl Load {
    fn on(store: &EventStore) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let caller = |_| tokio::spawn(call(store.clone(), stop.clone()));
        Self { callers: (0..64).map(caller).collect(), stop: stop.clone() }
    }

    async fn end(self) -> Seen {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Seen::default();
        for caller in self.callers {
            let seen = caller.await.unwrap();
            all.acknowledged.extend(seen.acknowledged);
            all.asked.extend(seen.asked);
            all.unavailable += seen.unavailable;
            all.slowest = all.slowest.max(seen.slowest);
        }
        all
    }
}

/// Appends; a command answered `unavailable` is sent again until it is done.
async fn call(store: EventStore, stop: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    while !stop.load(Ordering::SeqCst) {
        let append = append();
        seen.asked.insert(append.command);
        loop {
            let since = Instant::now();
            let answer = store.append(append.clone()).await;
            seen.slowest = seen.slowest.max(since.elapsed());
            match answer {
                Ok(appended) => {
                    assert_eq!(appended.commit.events, append.events);
                    seen.acknowledged.insert(append.command);
                    break;
                }
                Err(AppendError::Unavailable(_)) => seen.unavailable += 1,
                Err(other) => panic!("{other}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    seen
}

/// The last number of a partition, however busy the server is.
async fn head(store: &EventStore, partition: u16) -> u64 {
    let mut tries = 0;
    loop {
        match store.head(partition).await {
            Ok(head) => return head.number,
            Err(error) if tries == 20 => panic!("{error}"),
            Err(_) => tries += 1,
        }
    }
}

async fn commits(store: &EventStore) -> u64 {
    let mut commits = 0;
    for partition in 0..store.partitions() {
        commits += head(store, partition).await;
    }
    commits
}

async fn until_there_are(store: &EventStore, least: u64) {
    let there = async {
        while commits(store).await < least {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), there).await.unwrap();
}

async fn audit(log: &MongoLog, seen: Seen) {
    let there: BTreeSet<_> = everything(log).await.iter().map(|commit| commit.command).collect();
    assert_eq!(seen.acknowledged, seen.asked, "every caller went on until it was told");
    assert_eq!(there, seen.asked, "lost, doubled, or never asked for");
    assert!(seen.unavailable > 0, "nobody noticed");
    assert!(seen.slowest < Duration::from_millis(2_500), "an answer took {:?}", seen.slowest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stopped_in_mid_batch_costs_time_and_nothing_else() {
    let server = OwnServer::start().await;
    let log = connected(&server.url(), 4).await;
    let store = start(log.clone());
    let load = Load::on(&store);
    for round in 1..=2 {
        let before = commits(&store).await;
        until_there_are(&store, before + 500).await;
        server.pause();
        tokio::time::sleep(Duration::from_secs(2 * round)).await;
        server.resume();
    }
    let before = commits(&store).await;
    until_there_are(&store, before + 500).await;
    audit(&log, load.end().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_loses_nothing_acknowledged() {
    let mut server = OwnServer::start().await;
    let log = connected(&server.url(), 4).await;
    let store = start(log.clone());
    let load = Load::on(&store);
    for _ in 0..3 {
        let before = commits(&store).await;
        until_there_are(&store, before + 500).await;
        server.kill();
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.start_again().await;
        let there = async {
            while store.head(0).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), there).await.unwrap();
    }
    audit(&log, load.end().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_hangs_every_call_is_answered_within_two_seconds() {
    let server = OwnServer::start().await;
    let log = connected(&server.url(), 2).await;
    let store = start(log.clone());
    let made = store.append(append()).await.unwrap().commit;
    server.pause();
    let since = Instant::now();
    let (unknown, known) = (store.append(append()), store.append(crate::sample::append_to(&made.stream, 1)));
    let (version, head) = (store.version(&made.stream), store.head(0));
    let (unknown, known, version, head) = tokio::join!(unknown, known, version, head);
    assert!(matches!(unknown, Err(AppendError::Unavailable(_))), "{unknown:?}");
    assert!(matches!(known, Err(AppendError::Unavailable(_))), "{known:?}");
    assert!(version.is_err() && head.is_err());
    assert!(since.elapsed() < Duration::from_millis(2_000), "{:?}", since.elapsed());
    server.resume();
}
