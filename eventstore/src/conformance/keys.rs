//! The unique keys and the order of storing, asked of the port itself.

use super::Adapter;
use super::sample::{Bench, Chain, everything, stream_in};
use crate::Log;

/// Numbers in the partition `0` of a log.
async fn numbers(log: &dyn Log) -> Vec<u64> {
    everything(log).await.iter().filter(|c| c.position.partition == 0).map(|c| c.position.number).collect()
}

/// Proves that a number is stored once: the second commit that bears it is not stored, nor what follows it.
pub async fn a_taken_number_is_not_stored_nor_what_follows(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let streams: Vec<_> = (0..4).map(|n| stream_in(0, 4, n)).collect();
    let (mut one, mut other) = (Chain::new(0), Chain::new(0));
    let first = one.next(&bench, &streams[0], 1);
    assert_eq!(bench.log.insert(&[one.batch([first.clone()])]).await.unwrap(), [1]);
    let rival = other.next(&bench, &streams[1], 1);
    let follower = other.next(&bench, &streams[2], 1);
    assert_eq!(bench.log.insert(&[other.batch([rival, follower])]).await.unwrap(), [0]);
    assert_eq!(everything(&*bench.log).await, [first]);
}

/// Proves that a version of a stream starts one commit: the second is not stored, nor what follows it, but what
/// comes before it in the batch is.
pub async fn a_taken_version_is_not_stored_nor_what_follows(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (taken, other) = (stream_in(0, 4, 0), stream_in(0, 4, 1));
    let mut chain = Chain::new(0);
    let first = chain.next(&bench, &taken, 1);
    assert_eq!(bench.log.insert(&[chain.batch([first])]).await.unwrap(), [1]);
    let fine = chain.next(&bench, &other, 1);
    let twice = chain.next(&bench, &taken, 1);
    let after = chain.next(&bench, &other, 2);
    assert_eq!(bench.log.insert(&[chain.batch([fine, twice, after])]).await.unwrap(), [1]);
    assert_eq!(numbers(&*bench.log).await, [1, 2]);
    assert_eq!(bench.log.version(&other).await.unwrap(), 1);
}

/// Proves that a command makes one commit of a partition: the second is not stored, nor what follows it.
pub async fn a_taken_command_is_not_stored_nor_what_follows(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (one, other, third) = (stream_in(0, 4, 0), stream_in(0, 4, 1), stream_in(0, 4, 2));
    let mut chain = Chain::new(0);
    let first = chain.next(&bench, &one, 1);
    let again = chain.next_of(first.command, &bench, &other, 1);
    let after = chain.next(&bench, &third, 1);
    assert_eq!(bench.log.insert(&[chain.batch([first, again, after])]).await.unwrap(), [1]);
    assert_eq!(numbers(&*bench.log).await, [1]);
}

/// Proves that batches stand for themselves: where one is stopped, those of other partitions are stored.
pub async fn a_stopped_batch_leaves_other_partitions_alone(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let mut batches = Vec::new();
    for partition in 0..4 {
        let mut chain = Chain::new(partition);
        let (one, other) = (stream_in(partition, 4, 0), stream_in(partition, 4, 1));
        let first = chain.next(&bench, &one, 1);
        // In partition 1, the second commit starts the first's version again.
        let second = chain.next(&bench, if partition == 1 { &one } else { &other }, 1);
        batches.push(chain.batch([first, second]));
    }
    assert_eq!(bench.log.insert(&batches).await.unwrap(), [2, 1, 2, 2]);
    assert_eq!(everything(&*bench.log).await.len(), 7);
}
