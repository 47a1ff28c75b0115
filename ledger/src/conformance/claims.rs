//! Who gets what.

use std::collections::BTreeSet;

use super::Adapter;
use super::sample::{Bench, LEASE, appended, at, host, id, promise, refused, waited_for};
use crate::{Claim, End, Finish, Received, State};

/// Proves that of many hosts that get the same line at the same time one carries it out.
pub async fn one_of_many_racing_repeats_gets_the_command(adapter: &dyn Adapter) {
    for round in 0..20 {
        let mut tasks = Vec::new();
        for process in 0..4 {
            let ledger = adapter.open().await;
            tasks.push(tokio::spawn(async move {
                let received = ledger.receive(waited_for(round, host(process)), at(0)).await.unwrap();
                matches!(received, Received::Claimed(_))
            }));
        }
        let mut got = 0;
        for task in tasks {
            got += usize::from(task.await.unwrap());
        }
        assert_eq!(got, 1, "round {round}");
    }
}

/// Proves that of hosts that get the same line at the same time those who do not carry it out are told what holds: that
/// somebody is at it, or what came of it, or that it is promised; however they come between each other.
pub async fn who_comes_between_others_is_told_what_holds(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let mut ledgers = Vec::new();
    for _ in 0..5 {
        ledgers.push(adapter.open().await);
    }
    for round in 0..30 {
        let hold = bench.take(round, host(9), at(0)).await;
        assert!(bench.finish(hold, Finish::LetGo { error: "away".into() }, at(0)).await);
        let mut tasks = Vec::new();
        for (process, ledger) in (0..).zip(ledgers.clone()) {
            tasks.push(tokio::spawn(async move {
                let promises = process == 4;
                let line = if promises { promise(round) } else { waited_for(round, host(process)) };
                match ledger.receive(line, at(1)).await.unwrap() {
                    Received::Claimed(hold) => {
                        ledger.finish(vec![End { hold, finish: refused() }], at(1)).await.unwrap();
                    }
                    Received::Known(entry) if promises => {
                        assert!(entry.promised || entry.state.is_final(), "{entry:?}");
                    }
                    Received::Known(entry) => assert_ne!(entry.state, State::Received, "{entry:?}"),
                    other => panic!("{other:?}"),
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        bench.entry(round).await;
    }
}

/// Proves that no two hosts get the same command within a lease, and that none is left out.
pub async fn racing_claims_give_nobody_the_same_command(adapter: &dyn Adapter) {
    const COMMANDS: u128 = 300;
    let bench = Bench::new(adapter).await;
    for number in 0..COMMANDS {
        bench.promise(number, at(0)).await;
    }
    let mut tasks = Vec::new();
    for process in 0..4 {
        let ledger = adapter.open().await;
        tasks.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claim = Claim { host: host(process), lease: LEASE, most: 7 };
                let work = ledger.claim(claim, at(1)).await.unwrap().work;
                if work.is_empty() {
                    return mine;
                }
                assert!(work.len() <= 7);
                mine.extend(work.into_iter().map(|work| work.hold.id));
            }
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    let different: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (COMMANDS as usize, COMMANDS as usize));
}

/// Proves that those who wait are not overtaken by those who came later.
pub async fn what_has_waited_the_longest_is_claimed_first(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for (number, seconds) in [(1, 0), (2, 5), (3, 10)] {
        bench.promise(number, at(seconds)).await;
    }
    let first = bench.claim(host(1), 2, at(20)).await;
    assert_eq!(first.iter().map(|work| work.hold.id).collect::<Vec<_>>(), [id(1), id(2)]);
    assert_eq!(bench.claim_one(host(1), at(20)).await.id, id(3));
    // What a client waited for first waits for a worker since it was promised.
    let hold = bench.take(4, host(1), at(21)).await;
    assert!(bench.finish(hold, Finish::LetGo { error: "away".into() }, at(21)).await);
    bench.promise(5, at(22)).await;
    assert!(matches!(bench.ledger.receive(promise(4), at(23)).await, Ok(Received::Known(_))));
    let then = bench.claim(host(1), 2, at(24)).await;
    assert_eq!(then.iter().map(|work| work.hold.id).collect::<Vec<_>>(), [id(5), id(4)]);
}

/// Proves that a command whose host is silent for as long as its lease goes to another, and not before.
pub async fn a_lease_that_ended_gives_the_command_to_another(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let first = bench.claim_one(host(1), at(0)).await;
    assert!(bench.claim(host(2), 10, at(29)).await.is_empty());
    let second = bench.claim_one(host(2), at(30)).await;
    assert!(second.fence > first.fence && second.attempts == 2);
    assert!(bench.finish(second, appended(), at(31)).await);
    assert_eq!(bench.entry(1).await.state, State::Succeeded);
}

/// Proves that a host that gives signs of life keeps what it is at.
pub async fn a_lease_that_is_renewed_does_not_end(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let hold = bench.claim_one(host(1), at(0)).await;
    for seconds in [10, 30, 50] {
        assert_eq!(bench.ledger.renew(vec![hold], LEASE, at(seconds)).await, Ok(vec![]));
        assert!(bench.claim(host(2), 10, at(seconds + 29)).await.is_empty());
    }
    assert!(bench.finish(hold, refused(), at(79)).await);
}

/// Proves that workers leave alone what nobody was promised, also where its host is gone.
pub async fn what_is_only_waited_for_is_claimed_by_no_worker(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.take(1, host(1), at(0)).await;
    assert!(bench.claim(host(2), 10, at(1_000)).await.is_empty());
}

/// Proves that a host that knows that it is alone need not wait for the leases of the one before it, whose holds then
/// count no more.
pub async fn a_host_that_is_alone_takes_over_what_others_were_at(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.promise(1, at(0)).await;
    let before = bench.claim_one(host(1), at(0)).await;
    let waited = bench.take(2, host(1), at(0)).await;
    bench.promise(3, at(0)).await;
    let own = bench.claim_one(host(2), at(0)).await;
    assert_eq!(bench.ledger.take_over(host(2), at(1)).await, Ok(2));
    assert!(!bench.finish(before, appended(), at(1)).await, "the hold of before");
    assert!(!bench.finish(waited, refused(), at(1)).await, "the hold of before");
    assert_eq!(bench.claim_one(host(2), at(1)).await.id, id(1));
    assert_eq!(bench.entry(2).await.state, State::Received);
    assert!(bench.finish(own, appended(), at(1)).await, "its own is left alone");
}
