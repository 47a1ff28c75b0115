//! What outlives the process.

use std::sync::Arc;

use super::Adapter;
use super::sample::{Bench, everything, stream};

/// Proves that all that was acknowledged is there after the end of the process, and commands are still known.
pub async fn what_was_acknowledged_is_there_after_reopening(adapter: &dyn Adapter) {
    let mut bench = Bench::new(adapter).await;
    let mut made = Vec::new();
    let (store, again) = (bench.store(), bench.append(&stream(3), 1, 1));
    for n in 0..10 {
        made.push(store.append(bench.append(&stream(n), 0, 2)).await.unwrap().commit);
    }
    drop(store);
    made.sort_by_key(|commit| commit.position);
    let reused = made[0].clone();
    bench.log = adapter.reopen(Arc::clone(&bench.log)).await;
    assert_eq!(bench.log.shape().partitions, 4);
    assert_eq!(everything(&*bench.log).await, made);
    let store = bench.store();
    let replay = bench.command(reused.command, &reused.stream, 0, 2);
    assert!(store.append(replay).await.unwrap().replayed);
    assert!(store.append(again).await.is_err(), "a version in the middle of a commit");
}

/// Proves that numbers, versions and the chain go on without a gap after the end of the process, several times.
pub async fn writing_goes_on_after_reopening(adapter: &dyn Adapter) {
    let mut bench = Bench::new(adapter).await;
    let thing = stream("goes-on");
    for round in 0..4 {
        let store = bench.store();
        store.append(bench.append(&thing, round * 2, 2)).await.unwrap();
        drop(store);
        bench.log = adapter.reopen(Arc::clone(&bench.log)).await;
    }
    let versions: Vec<_> = everything(&*bench.log).await.iter().map(|c| c.first_version).collect();
    assert_eq!(versions, [1, 3, 5, 7]);
}

/// Proves that a log is known again after the end of the process, where it can be known at all.
pub async fn a_log_keeps_its_identity_after_reopening(adapter: &dyn Adapter) {
    let mut bench = Bench::new(adapter).await;
    let identity = bench.log.identity();
    for _ in 0..2 {
        bench.log = adapter.reopen(Arc::clone(&bench.log)).await;
        assert_eq!(bench.log.identity(), identity);
    }
}
