//! What is shown.

use super::Adapter;
use super::sample::{Bench, at, host, id, refused, sound};
use crate::{Entry, Finish, Listing, State};

/// All of a list, page by page; `between` is called after each.
async fn all(bench: &Bench, state: Option<State>, most: u32, mut between: impl AsyncFnMut()) -> Vec<Entry> {
    let (mut all, mut before): (Vec<Entry>, _) = (Vec::new(), None);
    loop {
        let page = bench.ledger.list(Listing { state, before, most }).await.unwrap();
        assert!(page.len() <= most as usize);
        let Some(last) = page.last() else { return all };
        before = Some(last.number);
        all.extend(page);
        between().await;
    }
}

/// Proves that a list has those of its state, all of them, newest first, whatever the size of its pages.
pub async fn lists_are_paged_newest_first_by_state(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for number in 0..25 {
        bench.promise(number, at(0)).await;
    }
    for work in bench.claim(host(1), 10, at(1)).await {
        assert!(bench.finish(work.hold, refused(), at(2)).await);
    }
    for most in [1, 7, 100] {
        let ids = |all: Vec<Entry>| all.iter().map(|entry| entry.id).collect::<Vec<_>>();
        let everything = all(&bench, None, most, async || {}).await;
        everything.iter().for_each(sound);
        assert_eq!(ids(everything), (0..25).rev().map(id).collect::<Vec<_>>());
        let rejected = all(&bench, Some(State::Rejected), most, async || {}).await;
        assert_eq!(ids(rejected), (0..10).rev().map(id).collect::<Vec<_>>());
        assert_eq!(all(&bench, Some(State::Received), most, async || {}).await.len(), 15);
        assert!(all(&bench, Some(State::Cancelled), most, async || {}).await.is_empty());
    }
}

/// Proves that commands that come while a list is paged neither repeat nor hide others.
pub async fn pages_are_stable_while_commands_come(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for number in 0..20 {
        bench.promise(number, at(0)).await;
    }
    let mut next = 100;
    let seen = all(&bench, None, 3, async || {
        bench.promise(next, at(1)).await;
        next += 1;
    })
    .await;
    assert_eq!(
        seen.iter().map(|entry| entry.id).collect::<Vec<_>>(),
        (0..20).rev().map(id).collect::<Vec<_>>()
    );
}

/// Proves that the backlog is what was promised and is not done with, and is counted no further than asked.
pub async fn the_backlog_counts_what_is_promised_and_not_done(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    bench.take(100, host(1), at(0)).await;
    assert_eq!(bench.ledger.backlog(10).await, Ok(0));
    for number in 0..5 {
        bench.promise(number, at(0)).await;
    }
    let work = bench.claim(host(1), 3, at(1)).await;
    assert_eq!(bench.ledger.backlog(10).await, Ok(5), "also those that somebody is at");
    assert!(bench.finish(work[0].hold, refused(), at(2)).await);
    let retry = Finish::Retry { error: "away".into(), after: std::time::Duration::from_secs(9) };
    assert!(bench.finish(work[1].hold, retry, at(2)).await);
    assert_eq!((bench.ledger.backlog(10).await, bench.ledger.backlog(3).await), (Ok(4), Ok(3)));
}
