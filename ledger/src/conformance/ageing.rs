//! What is forgotten.

use std::time::Duration;

use super::Adapter;
use super::sample::{Bench, appended, at, host, id, refused, waited_for};
use crate::{Finish, Received};

const RETENTION: Duration = Duration::from_secs(1_000);

/// Proves that finished entries, and those that were only waited for, are removed when they have not changed for as
/// long as they are to be remembered, a lot at a time, and that their ids are then new again.
pub async fn what_is_old_and_finished_is_removed_in_lots(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for number in 0..10 {
        let hold = bench.take(number, host(1), at(0)).await;
        let finish = match number % 3 {
            0 => appended(),
            1 => refused(),
            _ => Finish::LetGo { error: "away".into() },
        };
        assert!(bench.finish(hold, finish, at(1)).await);
    }
    bench.take(10, host(1), at(1)).await;
    let young = bench.take(11, host(1), at(0)).await;
    assert!(bench.finish(young, refused(), at(500)).await);
    let mut removed = Vec::new();
    for _ in 0..4 {
        removed.push(bench.ledger.remove(RETENTION, 4, at(1_001)).await.unwrap());
    }
    assert_eq!(removed, [4, 4, 3, 0]);
    assert_eq!(bench.ledger.get(id(3)).await, Ok(None));
    bench.entry(11).await;
    let again = bench.ledger.receive(waited_for(3, host(1)), at(1_002)).await;
    assert!(matches!(again, Ok(Received::Claimed(hold)) if hold.attempts == 1));
}

/// Proves that what was to be tried again when its client comes again, and never was, is forgotten too.
pub async fn what_was_only_waited_for_and_failed_is_removed_when_it_is_old(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let hold = bench.take(1, host(1), at(0)).await;
    let retry = Finish::Retry { error: "away".into(), after: RETENTION * 5 };
    assert!(bench.finish(hold, retry, at(1)).await);
    assert_eq!(bench.ledger.remove(RETENTION, 10, at(1_000)).await, Ok(0));
    assert_eq!(bench.ledger.remove(RETENTION, 10, at(1_001)).await, Ok(1));
    assert_eq!(bench.ledger.get(id(1)).await, Ok(None));
}

/// Proves that a promise is not forgotten, however long it takes.
pub async fn what_is_promised_and_not_done_is_kept_however_old(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for number in 0..3 {
        bench.promise(number, at(0)).await;
    }
    let work = bench.claim(host(1), 2, at(0)).await;
    let retry = Finish::Retry { error: "away".into(), after: RETENTION * 5 };
    assert!(bench.finish(work[0].hold, retry, at(0)).await);
    assert_eq!(bench.ledger.remove(RETENTION, 100, at(1_000_000)).await, Ok(0));
    assert_eq!(bench.claim(host(1), 10, at(1_000_000)).await.len(), 3);
}
