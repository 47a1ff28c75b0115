//! Who comes too late changes nothing.

use super::Adapter;
use super::sample::{Bench, LEASE, appended, at, host, id, refused};
use crate::{Finish, State};

/// Proves that a host that hung for longer than its lease, and wakes up, cannot end what another has taken: neither
/// while that one is at it nor after it, and in no way.
pub async fn the_finish_of_a_woken_zombie_is_refused(adapter: &dyn Adapter) {
    let late = || {
        let error = || "late".to_owned();
        [
            appended(),
            refused(),
            Finish::Unchanged { outcome: "{}".into() },
            Finish::Retry { error: error(), after: LEASE },
            Finish::Failed { error: error(), outcome: "{}".into() },
            Finish::LetGo { error: error() },
        ]
    };
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let zombie = bench.claim_one(host(1), at(0)).await;
    let awake = bench.claim_one(host(2), at(30)).await;
    let before = bench.entry(1).await;
    for finish in late() {
        assert!(!bench.finish(zombie, finish, at(31)).await);
        assert_eq!(bench.entry(1).await, before);
    }
    assert!(bench.finish(awake, refused(), at(32)).await);
    let after = bench.entry(1).await;
    assert_eq!((after.state, after.position), (State::Rejected, None));
    for finish in late() {
        assert!(!bench.finish(zombie, finish, at(33)).await);
        assert_eq!(bench.entry(1).await, after);
    }
    // The same host again is another holder too.
    bench.promise(2, at(100)).await;
    let first = bench.claim_one(host(1), at(100)).await;
    let second = bench.claim_one(host(1), at(130)).await;
    assert!(!bench.finish(first, refused(), at(131)).await);
    assert!(bench.finish(second, appended(), at(131)).await);
}

/// Proves that it cannot take its lease back either, and is told so.
pub async fn the_renewal_of_a_woken_zombie_is_refused(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let zombie = bench.claim_one(host(1), at(0)).await;
    bench.claim_one(host(2), at(30)).await;
    bench.promise(2, at(30)).await;
    let own = bench.claim_one(host(1), at(30)).await;
    assert_eq!(bench.ledger.renew(vec![zombie, own], LEASE, at(40)).await, Ok(vec![id(1)]));
    let (taken, own) = (bench.entry(1).await, bench.entry(2).await);
    assert_eq!((taken.host, taken.lease_until), (Some(host(2)), Some(at(60))));
    assert_eq!((own.host, own.lease_until), (Some(host(1)), Some(at(70))));
}

/// Proves that a finish that is sent twice, since its answer was lost, counts once.
pub async fn a_finish_counts_once(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let hold = bench.take(1, host(1), at(0)).await;
    assert!(bench.finish(hold, refused(), at(1)).await);
    assert!(!bench.finish(hold, appended(), at(2)).await);
    assert_eq!((bench.entry(1).await.state, bench.entry(1).await.updated_at), (State::Rejected, at(1)));
}
