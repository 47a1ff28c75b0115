//! The ledger's time.

use super::Adapter;
use super::sample::{Bench, LEASE, at, host};
use crate::{Claim, State};

/// Proves that a host whose clock was set back an hour neither takes what others are at, nor loses its own at once, nor
/// has retries wait, nor writes times that run back; and that it is told the ledger's time.
pub async fn time_does_not_run_back_when_a_callers_does(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    bench.promise(2, at(1)).await;
    let (early, other) = (bench.ledger.clone(), adapter.open().await);
    let claim = Claim { host: host(1), lease: LEASE, most: 1 };
    let claimed = early.claim(claim, at(-3_600)).await.unwrap();
    assert_eq!((claimed.now, claimed.work.len()), (at(1), 1), "the latest that was seen");
    assert_eq!(bench.entry(1).await.lease_until, Some(at(31)));
    let second = other.claim(Claim { host: host(2), ..claim }, at(-7_200)).await.unwrap();
    assert_eq!((second.now, second.work.len()), (at(1), 1));
    assert!(bench.claim(host(3), 10, at(30)).await.is_empty(), "both leases are whole");
    let retry = crate::Finish::Retry { error: "away".into(), after: LEASE };
    assert!(bench.finish(claimed.work[0].hold, retry, at(-3_600)).await);
    let entry = bench.entry(1).await;
    assert_eq!((entry.state, entry.updated_at), (State::FailedRetryable, at(30)));
    assert_eq!(entry.next_attempt_at, Some(at(60)));
    assert_eq!(bench.claim(host(3), 10, at(60)).await.len(), 2);
}
