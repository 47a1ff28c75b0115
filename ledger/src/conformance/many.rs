//! Many commands at once.

use std::sync::Arc;

use super::Adapter;
use super::sample::{Bench, LEASE, appended, at, host, promise, refused};
use crate::{Claim, End, Ledger, Listing, Received, State};

const COMMANDS: u128 = 10_000;

/// Proves that ten thousand commands, promised by several and carried out by several of whom one lets every lease end,
/// have one outcome each.
pub async fn ten_thousand_commands_end_once_each(adapter: &dyn Adapter) {
    let mut hosts = Vec::new();
    for _ in 0..4 {
        hosts.push(adapter.open().await);
    }
    let mut promising = Vec::new();
    for (task, ledger) in (0..20).zip(hosts.iter().cycle().cloned()) {
        promising.push(tokio::spawn(async move {
            for number in (0..COMMANDS).filter(|number| number % 20 == task) {
                assert_eq!(ledger.receive(promise(number), at(0)).await, Ok(Received::Accepted));
            }
        }));
    }
    for task in promising {
        task.await.unwrap();
    }
    let bench = Bench::new(adapter).await;
    assert_eq!(bench.ledger.backlog(1_000_000).await, Ok(COMMANDS as u64));
    let zombie = bench.claim(host(9), 500, at(1)).await;
    let mut working = Vec::new();
    for worker in 0..4 {
        let ledger = adapter.open().await;
        working.push(tokio::spawn(async move { work(ledger, worker).await }));
    }
    let mut ended = 0;
    for task in working {
        ended += task.await.unwrap();
    }
    assert_eq!(ended, COMMANDS);
    let late: Vec<_> = zombie.iter().map(|work| End { hold: work.hold, finish: appended() }).collect();
    let late = bench.ledger.finish(late, at(100)).await.unwrap();
    assert!(late.len() == 500 && late.iter().all(|counted| !counted));
    assert_eq!(bench.ledger.backlog(10).await, Ok(0));
    for (state, parity) in [(State::Succeeded, 0), (State::Rejected, 1)] {
        let page =
            bench.ledger.list(Listing { state: Some(state), before: None, most: 100_000 }).await.unwrap();
        assert_eq!(page.len(), COMMANDS as usize / 2);
        assert!(page.iter().all(|entry| entry.id.as_u128() % 2 == parity));
    }
}

/// Works until nothing is left; tells how many ends have counted.
async fn work(ledger: Arc<dyn Ledger>, worker: u128) -> u128 {
    let mut ended = 0;
    loop {
        let claim = Claim { host: host(worker), lease: LEASE, most: 64 };
        let work = ledger.claim(claim, at(40)).await.unwrap().work;
        if work.is_empty() {
            return ended;
        }
        let end = |work: crate::Work| {
            let finish = if work.hold.id.as_u128().is_multiple_of(2) { appended() } else { refused() };
            End { hold: work.hold, finish }
        };
        let ends = work.into_iter().map(end).collect();
        let counted = ledger.finish(ends, at(41)).await.unwrap();
        ended += counted.iter().filter(|counted| **counted).count() as u128;
    }
}
