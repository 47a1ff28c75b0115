//! What an attempt comes to.

use std::time::Duration;

use tidings_domain::Position;

use super::Adapter;
use super::sample::{Bench, appended, at, host, id, refused};
use crate::{Finish, Operated, State};

/// Proves that each end leaves its state, with all that belongs to it and nothing else.
pub async fn each_end_leaves_the_state_that_belongs_to_it(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let failed = Finish::Failed { error: "broken".into(), outcome: r#"{"code":"unavailable"}"#.into() };
    let retry = Finish::Retry { error: "away".into(), after: Duration::from_secs(8) };
    let unchanged = Finish::Unchanged { outcome: r#"{"unchanged":true}"#.into() };
    for (number, finish, state) in [
        (1, appended(), State::Succeeded),
        (2, unchanged, State::Succeeded),
        (3, refused(), State::Rejected),
        (4, retry, State::FailedRetryable),
        (5, failed, State::FailedTerminal),
    ] {
        bench.promise(number, at(0)).await;
        let hold = bench.claim_one(host(1), at(0)).await;
        assert!(bench.finish(hold, finish, at(1)).await);
        let entry = bench.entry(number).await;
        assert_eq!((entry.state, entry.updated_at), (state, at(1)));
    }
    let entry = bench.entry(1).await;
    assert_eq!(
        (entry.position, entry.outcome.as_deref()),
        (Some(Position::new(3, 42)), Some(r#"{"version":1}"#))
    );
    assert_eq!(bench.entry(3).await.outcome.as_deref(), Some(r#"{"code":"rejected"}"#));
    let entry = bench.entry(4).await;
    assert_eq!((entry.last_error.as_deref(), entry.next_attempt_at), (Some("away"), Some(at(9))));
    assert_eq!(bench.entry(5).await.last_error.as_deref(), Some("broken"));
}

/// Proves that what failed is tried again when its time has come, and not before, as often as it fails.
pub async fn a_retry_comes_at_its_time_and_not_before(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let mut now = 0;
    for attempt in 1..=4 {
        let hold = bench.claim_one(host(1), at(now)).await;
        assert_eq!(hold.attempts, attempt);
        let after = 2i64.pow(attempt);
        let wait = Duration::from_secs(after.unsigned_abs());
        assert!(bench.finish(hold, Finish::Retry { error: "away".into(), after: wait }, at(now)).await);
        assert_eq!(bench.entry(1).await.next_attempt_at, Some(at(now + after)));
        assert!(bench.claim(host(2), 10, at(now + after - 1)).await.is_empty(), "attempt {attempt}");
        now += after;
    }
    let hold = bench.claim_one(host(2), at(now)).await;
    assert!(bench.finish(hold, appended(), at(now)).await);
    let entry = bench.entry(1).await;
    assert_eq!((entry.state, entry.attempts), (State::Succeeded, 5));
    assert!(bench.claim(host(1), 10, at(now + 1_000)).await.is_empty());
}

/// Proves that what was given up rests until an operator has it tried again, with its attempts counted anew.
pub async fn a_failure_for_good_is_tried_again_only_by_an_operator(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let hold = bench.claim_one(host(1), at(0)).await;
    let failed = Finish::Failed { error: "broken".into(), outcome: "{}".into() };
    assert!(bench.finish(hold, failed, at(1)).await);
    assert!(bench.claim(host(1), 10, at(10_000)).await.is_empty());
    let Operated::Done(entry) = bench.ledger.retry(id(1), at(10_000)).await.unwrap() else { panic!() };
    assert_eq!((entry.state, entry.attempts), (State::Received, 0));
    let work = bench.claim(host(2), 10, at(10_000)).await;
    assert_eq!((work[0].hold.attempts, work[0].text.as_str()), (1, r#"{"number":1}"#));
    assert!(work[0].hold.fence > hold.fence);
    assert!(bench.finish(work[0].hold, appended(), at(10_001)).await);
}
