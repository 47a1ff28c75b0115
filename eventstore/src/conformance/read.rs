//! Reading streams, partitions and commands.

use uuid::Uuid;

use super::Adapter;
use super::sample::{Bench, history, stream, stream_in};
use crate::Head;

/// Proves that a stream can be read from any version: the commit that holds it comes first, whole, also where the
/// version lies in its middle; beyond the end there is nothing.
pub async fn a_stream_is_read_from_the_middle_of_a_commit(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream("middle"));
    for (expected, events) in [(0, 3), (3, 1), (4, 4)] {
        store.append(bench.append(&thing, expected, events)).await.unwrap();
    }
    for (version, starts) in [(0, 1), (1, 1), (2, 1), (3, 1), (4, 4), (5, 5), (8, 5), (9, 0), (u64::MAX, 0)] {
        let slice = store.read_stream(&thing, version, 10).await.unwrap();
        let first = slice.commits.first().map_or(0, |c| c.first_version);
        assert_eq!((first, slice.end), (starts, true), "from version {version}");
    }
    let versions: Vec<_> = history(&*bench.log, &thing, 2, 1).await.iter().map(|e| e.0).collect();
    assert_eq!(versions, [2, 3, 4, 5, 6, 7, 8]);
}

/// Proves that pages are in order, no longer than asked for, and say `end` exactly where nothing follows.
pub async fn pages_say_where_the_log_ends(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream_in(1, 4, 0));
    for expected in 0..6 {
        store.append(bench.append(&thing, expected, 1)).await.unwrap();
        store.append(bench.append(&stream_in(0, 4, 0), expected, 1)).await.unwrap();
    }
    for after in 0..=8u64 {
        for limit in 1..=8usize {
            let rest = 6u64.saturating_sub(after);
            let count = rest.min(limit as u64);
            let wanted: Vec<_> = (after + 1..=after + count).collect();
            let slice = store.read_partition(1, after, limit).await.unwrap();
            let numbers: Vec<_> = slice.commits.iter().map(|c| c.position.number).collect();
            assert_eq!((&numbers, slice.end), (&wanted, count == rest), "partition after {after}, {limit}");
            let slice = store.read_stream(&thing, after + 1, limit).await.unwrap();
            let versions: Vec<_> = slice.commits.iter().map(|c| c.first_version).collect();
            assert_eq!((&versions, slice.end), (&wanted, count == rest), "stream after {after}, {limit}");
        }
    }
    let beyond = store.read_partition(1, u64::MAX, 1).await.unwrap();
    assert!(beyond.commits.is_empty() && beyond.end);
}

/// Proves that a long stream is read whole and in order, in pages of any size.
pub async fn ten_thousand_events_of_a_stream_are_read_in_order(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream("long"));
    for n in 0..100 {
        store.append(bench.append(&thing, n * 100, 100)).await.unwrap();
    }
    assert_eq!(store.version(&thing).await.unwrap(), 10_000);
    for page in [7, 1_000] {
        let events = history(&*bench.log, &thing, 1, page).await;
        assert!(events.iter().map(|e| e.0).eq(1..=10_000), "pages of {page}");
    }
}

/// Proves that a commit is found by its command, in its partition only.
pub async fn a_command_is_found(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let store = bench.store();
    let (here, elsewhere) = (stream_in(3, 4, 0), stream_in(0, 4, 0));
    let made = store.append(bench.append(&here, 0, 2)).await.unwrap().commit;
    assert_eq!(store.find_command(made.command).await.unwrap(), Some(made.clone()));
    assert_eq!(store.find_on(&here, made.command).await.unwrap(), Some(made.clone()));
    assert_eq!(store.find_on(&elsewhere, made.command).await.unwrap(), None);
    assert_eq!(store.find_command(Uuid::from_u128(9)).await.unwrap(), None);
    assert_eq!(store.find_command(made.id).await.unwrap(), None);
}

/// Proves that an empty log, partition and stream read as such.
pub async fn what_was_never_written_reads_as_empty(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let store = bench.store();
    assert_eq!(store.partitions(), 4);
    for partition in 0..4 {
        assert_eq!(store.head(partition).await.unwrap(), Head::default());
        let slice = store.read_partition(partition, 0, 10).await.unwrap();
        assert!(slice.commits.is_empty() && slice.end);
    }
    let slice = store.read_stream(&stream("none"), 1, 10).await.unwrap();
    assert!(slice.commits.is_empty() && slice.end);
    assert_eq!(store.version(&stream("none")).await.unwrap(), 0);
    // No such partition is an error, never another partition's commits.
    assert!(store.read_partition(4, 0, 10).await.is_err());
    assert!(store.head(4).await.is_err());
}
