//! What outlives its process.

use std::time::Duration;

use super::Adapter;
use super::sample::{Bench, appended, at, host, id, promise, refused, waited_for};
use crate::{Received, Reserved, State};

/// Proves that entries are as they were after the end of all processes, that what was promised goes on, and that the
/// ledger's time does.
pub async fn what_was_promised_is_there_after_the_end_of_all_processes(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for number in 0..3 {
        bench.promise(number, at(0)).await;
    }
    let work = bench.claim(host(1), 2, at(1)).await;
    assert!(bench.finish(work[0].hold, appended(), at(2)).await);
    let waited = bench.take(9, host(1), at(3)).await;
    assert!(bench.finish(waited, refused(), at(4)).await);
    let mut before = Vec::new();
    for number in [0, 1, 2, 9] {
        before.push((number, bench.entry(number).await));
    }
    drop(bench);
    adapter.end().await;
    let bench = Bench::new(adapter).await;
    for (number, entry) in before {
        assert_eq!(bench.entry(number).await, entry);
    }
    let told = bench.ledger.receive(waited_for(9, host(2)), at(5)).await.unwrap();
    assert!(matches!(told, Received::Known(entry) if entry.state == State::Rejected));
    assert_eq!(bench.claim_one(host(2), at(-9_000)).await.id, id(2));
    assert_eq!(bench.claim_one(host(2), at(31)).await.id, id(1));
    assert!(matches!(bench.ledger.receive(promise(0), at(32)).await, Ok(Received::Known(_))));
}

/// Proves the same of names.
pub async fn names_are_there_after_the_end_of_all_processes(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let lasts = Duration::from_secs(60);
    for name in ["ann", "bob"] {
        bench.ledger.reserve(name, host(1), lasts, at(0)).await.unwrap();
    }
    assert_eq!(bench.ledger.confirm("ann", host(1), at(1)).await, Ok(true));
    drop(bench);
    adapter.end().await;
    let bench = Bench::new(adapter).await;
    let other = async |name, now| bench.ledger.reserve(name, host(2), lasts, now).await.unwrap();
    assert!(matches!(other("ann", at(100)).await, Reserved::Taken(_)));
    assert!(matches!(other("bob", at(100)).await, Reserved::Held(_)));
}
