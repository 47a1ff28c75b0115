//! Names that only one may have.

use std::time::Duration;

use super::Adapter;
use super::sample::{Bench, at, host};
use crate::{Reservation, Reserved};

const LASTS: Duration = Duration::from_secs(60);

/// Proves that a name is one holder's, who may ask again, and that others are told whose it is.
pub async fn a_name_is_held_by_one(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let until = |seconds| Some(at(seconds));
    let held = |until| Reservation { name: "ann".into(), holder: host(1), until };
    let reserve = async |holder, seconds| bench.ledger.reserve("ann", holder, LASTS, at(seconds)).await;
    assert_eq!(reserve(host(1), 0).await, Ok(Reserved::Held(held(until(60)))));
    assert_eq!(reserve(host(2), 1).await, Ok(Reserved::Taken(held(until(60)))));
    assert_eq!(reserve(host(1), 10).await, Ok(Reserved::Held(held(until(70)))));
    assert_eq!(bench.ledger.reservation("ann").await, Ok(Some(held(until(70)))));
    for other in ["Ann", "ann ", "ann\u{0}", "a\u{308}nn", "\u{e4}nn"] {
        assert_eq!(bench.ledger.reservation(other).await, Ok(None), "names are compared byte by byte");
    }
    let long = "n".repeat(2_000);
    for (name, holder) in [(format!("{long}1"), host(1)), (format!("{long}2"), host(2))] {
        let held = bench.ledger.reserve(&name, holder, LASTS, at(11)).await;
        assert_eq!(held, Ok(Reserved::Held(Reservation { name, holder, until: until(71) })));
    }
    let other = bench.ledger.reserve("bob", host(2), LASTS, at(11)).await;
    assert!(matches!(other, Ok(Reserved::Held(_))), "another name is free");
    for (name, holder) in [("ann", host(2)), ("nobody", host(1))] {
        assert_eq!(bench.ledger.confirm(name, holder, at(12)).await, Ok(false));
        assert_eq!(bench.ledger.release(name, holder, at(12)).await, Ok(false));
    }
}

/// Proves that a reservation that was not confirmed in time counts no more, also before it is removed: another gets the
/// name, and the first cannot confirm it any more.
pub async fn a_reservation_ends_and_the_name_is_free(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for name in ["ann", "bob"] {
        bench.ledger.reserve(name, host(1), LASTS, at(0)).await.unwrap();
    }
    assert_eq!(bench.ledger.confirm("bob", host(1), at(60)).await, Ok(false));
    let again = bench.ledger.reserve("ann", host(2), LASTS, at(60)).await;
    assert!(matches!(again, Ok(Reserved::Held(reservation)) if reservation.holder == host(2)));
    assert_eq!(bench.ledger.confirm("ann", host(1), at(61)).await, Ok(false));
    assert_eq!(bench.ledger.release("ann", host(1), at(61)).await, Ok(false));
    assert_eq!(bench.ledger.confirm("ann", host(2), at(61)).await, Ok(true));
}

/// Proves that a confirmed name does not end, and is free when its holder gives it back.
pub async fn a_confirmed_name_lasts_until_it_is_released(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.ledger.reserve("ann", host(1), LASTS, at(0)).await.unwrap();
    for seconds in [1, 1_000] {
        assert_eq!(bench.ledger.confirm("ann", host(1), at(seconds)).await, Ok(true), "also again");
    }
    let lasting = Reservation { name: "ann".into(), holder: host(1), until: None };
    for (holder, told) in [(host(1), Reserved::Held(lasting.clone())), (host(2), Reserved::Taken(lasting))] {
        assert_eq!(bench.ledger.reserve("ann", holder, LASTS, at(2_000)).await, Ok(told));
    }
    assert_eq!(bench.ledger.expire(100, at(1_000_000)).await, Ok(0));
    assert_eq!(bench.ledger.release("ann", host(1), at(1_000_001)).await, Ok(true));
    assert_eq!(bench.ledger.release("ann", host(1), at(1_000_002)).await, Ok(false));
    let other = bench.ledger.reserve("ann", host(2), LASTS, at(1_000_003)).await;
    assert!(matches!(other, Ok(Reserved::Held(_))));
}

/// Proves that of many who want a name at the same time one gets it; also where they take over one that has ended.
pub async fn one_of_many_racing_holders_gets_the_name(adapter: &dyn Adapter) {
    for round in 0..20 {
        let mut tasks = Vec::new();
        for process in 0..4 {
            let ledger = adapter.open().await;
            tasks.push(tokio::spawn(async move {
                let holder = host(round as u128 * 10 + process);
                let now = at(round * 100);
                let got = matches!(ledger.reserve("ann", holder, LASTS, now).await, Ok(Reserved::Held(_)));
                assert_eq!(ledger.reservation("ann").await.unwrap().unwrap().holder == holder, got);
                got
            }));
        }
        let mut got = 0;
        for task in tasks {
            got += usize::from(task.await.unwrap());
        }
        assert_eq!(got, 1, "round {round}");
    }
}

/// Proves that each of many who want a name for a moment, and give it back, is told whether it is theirs, and that it is
/// theirs until then.
pub async fn a_name_that_comes_and_goes_is_whose_it_is_said_to_be(adapter: &dyn Adapter) {
    let mut tasks = Vec::new();
    for process in 0..4 {
        let ledger = adapter.open().await;
        tasks.push(tokio::spawn(async move {
            for _ in 0..50 {
                if let Reserved::Held(own) = ledger.reserve("ann", host(process), LASTS, at(0)).await.unwrap()
                {
                    assert_eq!(own.holder, host(process));
                    assert_eq!(ledger.release("ann", host(process), at(0)).await, Ok(true));
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

/// Proves that what nobody confirms leaves no trace, whoever crashed in between.
pub async fn no_name_leaks(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for name in 0..25 {
        bench.ledger.reserve(&format!("name {name}"), host(name), LASTS, at(0)).await.unwrap();
    }
    assert_eq!(bench.ledger.confirm("name 3", host(3), at(1)).await, Ok(true));
    assert_eq!(bench.ledger.expire(100, at(59)).await, Ok(0));
    let mut removed = Vec::new();
    for _ in 0..4 {
        removed.push(bench.ledger.expire(10, at(60)).await.unwrap());
    }
    assert_eq!(removed, [10, 10, 4, 0]);
    for name in 0..25 {
        let left = bench.ledger.reservation(&format!("name {name}")).await.unwrap();
        assert_eq!(left.is_some(), name == 3, "{left:?}");
    }
}
