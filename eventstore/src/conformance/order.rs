//! One order, without gaps.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tidings_world::World;

use super::Adapter;
use super::sample::{Bench, everything, stream};

/// Proves that numbers have no gap when several processes race: three stores, each with its own writers, append side
/// by side; every acknowledged commit stands once where its answer said, and nothing else is there.
pub async fn racing_writers_leave_no_gap(adapter: &dyn Adapter) {
    let bench = Arc::new(Bench::new(adapter).await);
    let mut tasks = Vec::new();
    for writer in 0..12 {
        let (bench, store) = (bench.clone(), bench.store());
        tasks.push(tokio::spawn(async move {
            let mut positions = Vec::new();
            for n in 0..10 {
                let append = bench.append(&stream(format!("{writer}-{n}")), 0, 2);
                positions.push(store.append(append).await.unwrap().commit.position);
            }
            positions
        }));
    }
    let mut acknowledged = BTreeSet::new();
    for task in tasks {
        acknowledged.extend(task.await.unwrap());
    }
    let stored: Vec<_> = everything(&*bench.log).await.iter().map(|c| c.position).collect();
    assert_eq!(stored, acknowledged.into_iter().collect::<Vec<_>>());
    assert_eq!(stored.len(), 120);
}

/// Proves that whoever reads number n reads all before it: a reader follows each partition while writers race, and
/// every page goes on at the next number; a head is never ahead of what can be read.
pub async fn readers_never_see_a_number_before_the_one_below(adapter: &dyn Adapter) {
    let bench = Arc::new(Bench::new(adapter).await);
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|partition| {
            let (log, done) = (bench.log.clone(), done.clone());
            tokio::spawn(async move {
                let mut seen = 0;
                loop {
                    let last_round = done.load(Ordering::SeqCst);
                    let head = log.head(partition).await.unwrap();
                    let slice = log.read_partition(partition, seen, 7).await.unwrap();
                    for commit in slice.commits {
                        assert_eq!(commit.position.number, seen + 1);
                        seen += 1;
                    }
                    assert!(
                        !slice.end || seen >= head.number,
                        "the head was {}, but {seen} the end",
                        head.number
                    );
                    if slice.end && last_round {
                        return seen;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut writers = Vec::new();
    for writer in 0..8 {
        let (bench, store) = (bench.clone(), bench.store());
        writers.push(tokio::spawn(async move {
            for n in 0..15 {
                let append = bench.append(&stream(format!("{writer}-{n}")), 0, 1);
                store.append(append).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let mut seen = 0;
    for reader in readers {
        seen += reader.await.unwrap();
    }
    assert_eq!(seen, 120);
}

/// Proves that `recorded_at` never decreases in a partition, though the clock jumps back, and another process's
/// clock is behind.
pub async fn times_never_go_back_when_the_clock_does(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (one, other) = (bench.store(), bench.store());
    let thing = stream("clock");
    let before = one.append(bench.append(&thing, 0, 1)).await.unwrap().commit.recorded_at;
    bench.world.jump(-3_600_000);
    assert!(bench.world.now() < before);
    let same = one.append(bench.append(&thing, 1, 1)).await.unwrap().commit.recorded_at;
    let elsewhere = other.append(bench.append(&thing, 2, 1)).await.unwrap().commit.recorded_at;
    assert_eq!((same, elsewhere), (before, before));
    bench.world.jump(7_200_000);
    let later = one.append(bench.append(&thing, 3, 1)).await.unwrap().commit.recorded_at;
    assert!(later > before);
    everything(&*bench.log).await;
}

/// Proves that every commit comes back with all its fields, so that its hash can be computed again, and bears the
/// hash of its content after the commit before it.
pub async fn the_hash_chain_holds(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let store = bench.store();
    let mut answered = Vec::new();
    for n in 0..20 {
        let mut append = bench.append(&stream(n), 0, 1 + n % 3);
        if n % 2 == 0 {
            (append.causation, append.occurred_at) = (None, None);
        }
        answered.push(store.append(append).await.unwrap().commit);
    }
    answered.sort_by_key(|commit| commit.position);
    assert_eq!(everything(&*bench.log).await, answered);
}
