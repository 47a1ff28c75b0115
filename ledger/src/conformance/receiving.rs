//! A command is received, perhaps again.

use super::Adapter;
use super::sample::{Bench, appended, at, host, id, promise, refused, sound, waited_for};
use crate::{Finish, How, Receive, Received, State};

/// Proves that a command whose client waits is at once its host's, and recorded with all that was said.
pub async fn a_command_that_is_received_is_claimed_by_who_received_it(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    assert_eq!(bench.ledger.get(id(1)).await, Ok(None));
    let hold = bench.take(1, host(1), at(0)).await;
    assert_eq!((hold.id, hold.attempts, hold.promised), (id(1), 1, false));
    let entry = bench.entry(1).await;
    assert_eq!((entry.state, entry.host, entry.attempts), (State::Processing, Some(host(1)), 1));
    assert_eq!((entry.name.as_str(), entry.actor), ("CreatePost", id(77)));
    assert_eq!((entry.received_at, entry.lease_until), (at(0), Some(at(30))));
    let other = bench.ledger.receive(waited_for(1, host(2)), at(1)).await.unwrap();
    assert!(matches!(other, Received::Known(entry) if entry.state == State::Processing));
}

/// Proves that a promised command is nobody's until it is claimed, and that its text comes with it.
pub async fn a_promised_command_waits_for_whoever_claims_it(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    assert_eq!(bench.entry(1).await.state, State::Received);
    let work = bench.claim(host(2), 10, at(0)).await;
    assert_eq!(work.len(), 1);
    assert_eq!((work[0].hold.id, work[0].hold.promised), (id(1), true));
    assert_eq!(work[0].text, r#"{"number":1}"#);
    assert_eq!(bench.entry(1).await.host, Some(host(2)));
}

/// Proves that a repeat, of either kind, gets what the first came to: also a refusal.
pub async fn a_repeat_is_told_the_first_outcome(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let unchanged = Finish::Unchanged { outcome: "{}".into() };
    for (number, finish) in [(1, appended()), (2, refused()), (3, unchanged)] {
        let hold = bench.take(number, host(1), at(0)).await;
        assert!(bench.finish(hold, finish, at(1)).await);
        let first = bench.entry(number).await;
        for repeat in [waited_for(number, host(1)), waited_for(number, host(2)), promise(number)] {
            let told = bench.ledger.receive(repeat, at(100)).await;
            assert_eq!(told, Ok(Received::Known(Box::new(first.clone()))));
        }
        assert_eq!(bench.entry(number).await, first, "nothing has changed");
    }
    assert!(bench.claim(host(1), 10, at(1_000)).await.is_empty());
}

/// Proves that an id that comes again with another content is told apart, whatever became of the first, and changes
/// nothing.
pub async fn the_same_id_with_another_content_is_told_apart(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let hold = bench.take(2, host(1), at(0)).await;
    bench.finish(hold, refused(), at(0)).await;
    for number in [1, 2] {
        let before = bench.entry(number).await;
        for like in [promise(number), waited_for(number, host(1))] {
            let other = Receive { digest: [9; 32], ..like };
            assert_eq!(bench.ledger.receive(other, at(1)).await, Ok(Received::Reused));
        }
        assert_eq!(bench.entry(number).await, before);
    }
}

/// Proves that a client that waits, and then sends the command again without waiting, is promised it: whoever was at
/// it lets go, and a worker carries it out.
pub async fn a_repeat_that_does_not_wait_makes_a_promise_of_a_command_that_is_waited_for(
    adapter: &dyn Adapter,
) {
    let bench = Bench::new(adapter).await;
    let hold = bench.take(1, host(1), at(0)).await;
    let told = bench.ledger.receive(promise(1), at(1)).await.unwrap();
    assert!(matches!(&told, Received::Known(entry) if entry.promised && entry.state == State::Processing));
    assert!(bench.claim(host(2), 10, at(1)).await.is_empty(), "somebody is at it");
    assert!(bench.finish(hold, Finish::LetGo { error: "away".into() }, at(2)).await);
    let work = bench.claim(host(2), 10, at(2)).await;
    assert_eq!(work[0].text, r#"{"number":1}"#);
    assert!(bench.finish(work[0].hold, appended(), at(3)).await);
}

/// Proves that what its client tried in vain is promised with all its attempts before it.
pub async fn what_becomes_promised_has_all_its_attempts_before_it(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for second in 0..6 {
        let hold = bench.take(1, host(1), at(second)).await;
        assert!(bench.finish(hold, Finish::LetGo { error: "away".into() }, at(second)).await);
    }
    assert!(matches!(bench.ledger.receive(promise(1), at(6)).await, Ok(Received::Known(_))));
    assert_eq!(bench.entry(1).await.attempts, 0);
    assert_eq!(bench.claim_one(host(2), at(6)).await.attempts, 1);
}

/// Proves that a client that waits for what was promised uses up none of its attempts: where it waits in vain, the
/// command is left as it was, with the time of its next attempt.
pub async fn who_waits_for_what_was_promised_uses_up_no_attempt(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let let_go = || Finish::LetGo { error: "away".into() };
    let hold = bench.take(1, host(1), at(0)).await;
    assert!(!hold.promised, "it is at it for who waits");
    assert!(bench.finish(hold, let_go(), at(0)).await);
    let entry = bench.entry(1).await;
    assert_eq!((entry.state, entry.attempts), (State::Received, 0));
    let hold = bench.claim_one(host(1), at(1)).await;
    // It waits for what this host is at that has not begun.
    let instead = bench.take(1, host(1), at(1)).await;
    assert!(bench.finish(instead, let_go(), at(1)).await);
    assert!(!bench.finish(hold, let_go(), at(1)).await);
    assert_eq!(bench.entry(1).await.attempts, 0);
    let hold = bench.claim_one(host(1), at(1)).await;
    let retry = Finish::Retry { error: "away".into(), after: std::time::Duration::from_secs(8) };
    assert!(bench.finish(hold, retry, at(1)).await);
    for second in 2..9 {
        let hold = bench.take(1, host(2), at(second)).await;
        assert!(bench.claim(host(1), 10, at(second)).await.is_empty());
        assert!(bench.finish(hold, let_go(), at(second)).await);
        let entry = bench.entry(1).await;
        assert_eq!((entry.state, entry.attempts), (State::FailedRetryable, 1));
        assert_eq!(entry.next_attempt_at, Some(at(9)));
        assert!(bench.claim(host(1), 10, at(second)).await.is_empty(), "not before its time");
    }
    assert_eq!(bench.claim_one(host(1), at(9)).await.attempts, 2);
}

/// Proves that nobody tries a command again whose client waited in vain, until it is sent again; then anybody may.
pub async fn a_command_that_was_let_go_is_taken_by_its_repeat(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let hold = bench.take(1, host(1), at(0)).await;
    assert!(bench.finish(hold, Finish::LetGo { error: "away".into() }, at(1)).await);
    let entry = bench.entry(1).await;
    assert_eq!((entry.state, entry.last_error.as_deref()), (State::Received, Some("away")));
    assert!(bench.claim(host(1), 10, at(1_000)).await.is_empty());
    let again = bench.take(1, host(2), at(1_002)).await;
    assert!(again.fence > hold.fence && again.attempts == 2);
    // What a host was at that was lost track of, it takes again itself; another only when its lease has ended.
    assert!(bench.take(1, host(2), at(1_003)).await.fence > again.fence);
    let other = bench.ledger.receive(waited_for(1, host(1)), at(1_004)).await.unwrap();
    assert!(matches!(other, Received::Known(_)), "{other:?}");
    bench.take(1, host(1), at(1_033)).await;
    sound(&bench.entry(1).await);
    let never = Receive { how: How::Promise { text: String::new() }, ..promise(9) };
    assert_eq!(bench.ledger.receive(never, at(1_040)).await, Ok(Received::Accepted));
}
