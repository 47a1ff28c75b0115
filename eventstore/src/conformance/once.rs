//! A command happens once.

use super::Adapter;
use super::sample::{Bench, everything, stream, stream_in};
use crate::AppendError;

/// Proves that an append sent again with the same command id gives the first commit, marked `replayed`, and appends
/// nothing: at once, from another process, and after the stream has moved on.
pub async fn a_command_sent_again_is_replayed(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, other, thing) = (bench.store(), bench.store(), stream("again"));
    let append = bench.append(&thing, 0, 2);
    let first = store.append(append.clone()).await.unwrap();
    assert!(!first.replayed);
    for moved in [false, true] {
        if moved {
            other.append(bench.append(&thing, 2, 1)).await.unwrap();
        }
        for store in [&store, &other, &bench.store()] {
            let again = store.append(append.clone()).await.unwrap();
            assert!(again.replayed);
            assert_eq!(again.commit, first.commit);
        }
    }
    assert_eq!(everything(&*bench.log).await.len(), 2);
}

/// Proves the same for sendings that run at the same time, in one process or several: one is appended, all get it.
pub async fn a_command_sent_twice_at_once_is_appended_once(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let stores = [bench.store(), bench.store()];
    for round in 0..15 {
        let thing = stream(round % 3);
        let append = bench.append(&thing, round / 3, 1);
        let tasks: Vec<_> = (0..6)
            .map(|n| {
                let (store, append) = (stores[n % 2].clone(), append.clone());
                tokio::spawn(async move { store.append(append).await })
            })
            .collect();
        let mut first = 0;
        for task in tasks {
            let appended = task.await.unwrap().unwrap();
            assert_eq!((appended.commit.command, &appended.commit.stream), (append.command, &thing));
            first += usize::from(!appended.replayed);
        }
        assert_eq!(first, 1, "round {round}");
    }
    assert_eq!(everything(&*bench.log).await.len(), 15);
}

/// Proves that a command id that made a commit on one stream cannot make one on another of the same partition, and
/// that the answer names the first.
pub async fn a_command_reused_on_another_stream_is_refused(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, stranger) = (bench.store(), bench.store());
    let (one, other) = (stream_in(2, 4, 0), stream_in(2, 4, 1));
    let append = bench.append(&one, 0, 1);
    let command = append.command;
    store.append(append).await.unwrap();
    for store in [&store, &stranger] {
        let answer = store.append(bench.command(command, &other, 0, 1)).await;
        assert_eq!(answer, Err(AppendError::CommandReused { command, stream: one.clone() }));
    }
    assert_eq!(everything(&*bench.log).await.len(), 1);
}
