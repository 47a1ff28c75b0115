//! What operators may do.

use std::time::Duration;

use super::Adapter;
use super::sample::{Bench, appended, at, host, id, promise};
use crate::{Finish, Operated, Received, State};

/// Proves that a command that was called off is not carried out, and that a repeat of it is told so.
pub async fn what_was_called_off_is_not_carried_out(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    bench.promise(2, at(0)).await;
    let Operated::Done(entry) = bench.ledger.cancel(id(1), "{}".into(), at(1)).await.unwrap() else {
        panic!()
    };
    assert_eq!((entry.state, entry.outcome.as_deref()), (State::Cancelled, Some("{}")));
    assert_eq!(bench.claim_one(host(1), at(2)).await.id, id(2));
    let told = bench.ledger.receive(promise(1), at(3)).await.unwrap();
    assert!(matches!(told, Received::Known(entry) if entry.state == State::Cancelled));
    // Changed one's mind.
    assert!(matches!(bench.ledger.retry(id(1), at(4)).await, Ok(Operated::Done(_))));
    let hold = bench.claim_one(host(1), at(4)).await;
    let retry = Finish::Retry { error: "away".into(), after: Duration::from_secs(100) };
    assert!(bench.finish(hold, retry, at(5)).await);
    assert!(matches!(bench.ledger.retry(id(1), at(6)).await, Ok(Operated::Done(_))), "no need to wait");
    assert_eq!(bench.claim_one(host(1), at(6)).await.id, id(1));
}

/// Proves that an operator's wish changes nothing where somebody is at the command, it has its outcome, nobody was
/// promised it, or it is not known.
pub async fn an_operator_cannot_change_what_is_at_work_or_done(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let hold = bench.claim_one(host(1), at(0)).await;
    assert!(bench.finish(hold, appended(), at(0)).await);
    bench.promise(2, at(0)).await;
    bench.claim_one(host(1), at(0)).await;
    let waited = bench.take(3, host(1), at(0)).await;
    assert!(bench.finish(waited, Finish::LetGo { error: "away".into() }, at(0)).await);
    for number in [1, 2, 3] {
        let before = bench.entry(number).await;
        let told = Ok(Operated::Not(Box::new(before.clone())));
        assert_eq!(bench.ledger.retry(id(number), at(1)).await, told);
        assert_eq!(bench.ledger.cancel(id(number), "{}".into(), at(1)).await, told);
        assert_eq!(bench.entry(number).await, before);
    }
    assert_eq!(bench.ledger.retry(id(9), at(1)).await, Ok(Operated::Missing));
    assert_eq!(bench.ledger.cancel(id(9), "{}".into(), at(1)).await, Ok(Operated::Missing));
}
