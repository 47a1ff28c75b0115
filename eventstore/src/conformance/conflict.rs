//! Optimistic concurrency, and commits that are whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Adapter;
use super::sample::{Bench, conflict, everything, history, stream};
use crate::AppendError;

/// Proves that of the appends that expect one version exactly one is stored, from however many processes they come,
/// and that each loser is told the version it lost to.
pub async fn racing_appends_on_one_stream_have_one_winner_a_version(adapter: &dyn Adapter) {
    let bench = Arc::new(Bench::new(adapter).await);
    let thing = stream("hot");
    for version in 0..5 {
        let racers: Vec<_> = (0..8)
            .map(|_| {
                let (store, append) = (bench.store(), bench.append(&thing, version, 1));
                tokio::spawn(async move { store.append(append).await })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(appended) => winners += usize::from(!appended.replayed),
                lost => assert_eq!(lost, conflict(&thing, version, version + 1)),
            }
        }
        assert_eq!(winners, 1, "at version {version}");
    }
    assert_eq!(bench.log.version(&thing).await.unwrap(), 5);
    assert_eq!(everything(&*bench.log).await.len(), 5);
}

/// Proves that an append that expects a version that is past is a conflict that names both, also where the process
/// has never seen the stream.
pub async fn a_version_too_low_is_a_conflict_with_both_versions(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, stranger, thing) = (bench.store(), bench.store(), stream("low"));
    store.append(bench.append(&thing, 0, 1)).await.unwrap();
    store.append(bench.append(&thing, 1, 1)).await.unwrap();
    for expected in [0, 1] {
        for store in [&store, &stranger] {
            let answer = store.append(bench.append(&thing, expected, 1)).await;
            assert_eq!(answer, conflict(&thing, expected, 2));
        }
    }
    assert_eq!(everything(&*bench.log).await.len(), 2);
}

/// Proves that an append that expects a version not yet reached is a conflict that names both, and leaves no hole.
pub async fn a_version_too_high_is_a_conflict_with_both_versions(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream("high"));
    assert_eq!(store.append(bench.append(&thing, 3, 1)).await, conflict(&thing, 3, 0));
    store.append(bench.append(&thing, 0, 2)).await.unwrap();
    assert_eq!(store.append(bench.append(&thing, 3, 1)).await, conflict(&thing, 3, 2));
    let absurd = store.append(bench.append(&thing, u64::MAX, 1)).await;
    assert!(matches!(absurd, Err(AppendError::Unfit(_))), "{absurd:?}");
    assert_eq!(everything(&*bench.log).await.len(), 1);
}

/// Proves that no commit can start in the middle of another: a version inside a commit is a conflict as any other,
/// though no unique key is taken there.
pub async fn a_version_in_the_middle_of_a_commit_is_a_conflict(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, stranger, thing) = (bench.store(), bench.store(), stream("middle"));
    store.append(bench.append(&thing, 0, 5)).await.unwrap();
    for expected in 1..5 {
        for store in [&store, &stranger] {
            let answer = store.append(bench.append(&thing, expected, 1)).await;
            assert_eq!(answer, conflict(&thing, expected, 5));
        }
    }
    assert_eq!(everything(&*bench.log).await.len(), 1);
}

/// Proves that in one group commit only the appends that conflict fail: all others of it are stored.
pub async fn a_conflict_leaves_its_batch_mates_alone(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, other) = (bench.store(), bench.store());
    for n in (0..60).step_by(3) {
        // The stream moves on behind the first store's back.
        store.append(bench.append(&stream(n), 0, 1)).await.unwrap();
        other.append(bench.append(&stream(n), 1, 1)).await.unwrap();
    }
    let appends = (0..60).map(|n| bench.append(&stream(n), u64::from(n % 3 == 0), 1));
    let tasks: Vec<_> = appends
        .map(|append| {
            let store = store.clone();
            tokio::spawn(async move { store.append(append).await })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(appended) => assert!(n % 3 != 0 && !appended.replayed, "{n}"),
            lost => assert_eq!(lost, conflict(&stream(n), 1, 2)),
        }
    }
    assert_eq!(everything(&*bench.log).await.len(), 40 + 40);
}

/// Proves that a commit is there with all its events or not at all, for readers of the stream and of the partition,
/// while it is being appended.
pub async fn a_commit_is_never_seen_in_part(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream("whole"));
    let partition = store.partition_of(&thing);
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (log, thing, done) = (bench.log.clone(), thing.clone(), done.clone());
        tokio::spawn(async move {
            while !done.load(Ordering::SeqCst) {
                let version = log.version(&thing).await.unwrap();
                assert_eq!(version % 7, 0);
                assert_eq!(history(&*log, &thing, 1, 10).await.len() % 7, 0);
                for commit in log.read_partition(partition, 0, 100).await.unwrap().commits {
                    assert_eq!(commit.events.len(), 7);
                }
            }
        })
    };
    for n in 0..20 {
        store.append(bench.append(&thing, n * 7, 7)).await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    reader.await.unwrap();
}
