//! A refusal is fresh: what is cached may cost time, never truth.

use tidings_command_host::{ExecuteError, Options, Outcome};
use tidings_eventstore::{AppendError, MemoryLog};

use crate::till::{Host, No, TillCommand::*};

#[tokio::test]
async fn a_rejection_on_a_stale_cache_is_decided_again() {
    let log = MemoryLog::new(4);
    let (one, other) = (Host::on(&log), Host::on(&log));
    one.done(1, Put { till: "a", amount: 5 }).await;
    other.done(2, Put { till: "a", amount: 5 }).await;
    assert_eq!(one.done(3, Take { till: "a", amount: 8 }).await, (3, false));
    assert_eq!(other.rejected(4, Take { till: "a", amount: 3 }).await, No::Short(2));
}

#[tokio::test]
async fn a_no_op_on_a_stale_cache_is_decided_again() {
    let log = MemoryLog::new(4);
    let (one, other) = (Host::on(&log), Host::on(&log));
    one.done(1, Open { open: true }).await;
    other.done(2, Open { open: false }).await;
    assert_eq!(one.done(3, Open { open: true }).await, (3, false));
}

#[tokio::test]
async fn an_acceptance_on_a_stale_cache_conflicts_and_is_decided_again() {
    let log = MemoryLog::new(4);
    let (one, other) = (Host::on(&log), Host::on(&log));
    one.done(1, Put { till: "a", amount: 5 }).await;
    other.done(2, Take { till: "a", amount: 5 }).await;
    assert_eq!(one.rejected(3, Take { till: "a", amount: 5 }).await, No::Short(0));
}

#[tokio::test]
async fn a_command_that_never_wins_is_told_of_the_conflict_with_both_versions() {
    let log = MemoryLog::new(4);
    let stubborn = Host::with(&log, Options { retries: 0, ..Options::default() });
    stubborn.done(1, Put { till: "a", amount: 5 }).await;
    Host::on(&log).done(2, Put { till: "a", amount: 5 }).await;
    match stubborn.give(3, Put { till: "a", amount: 5 }).await {
        Err(ExecuteError::Conflict {
            source: AppendError::Conflict { expected: 1, actual: 2, .. }, ..
        }) => {}
        other => panic!("expected the conflict, got {other:?}"),
    }
}

#[tokio::test]
async fn with_hardly_any_cache_all_is_still_right() {
    let host = Host::with(&MemoryLog::new(4), Options { cached_streams: 1, ..Options::default() });
    for (id, till) in ["a", "b", "c", "a", "b", "c"].into_iter().enumerate() {
        host.done(id as u128 + 1, Put { till, amount: 5 }).await;
    }
    for (id, till) in ["a", "b", "c"].into_iter().enumerate() {
        assert_eq!(host.done(id as u128 + 10, Take { till, amount: 10 }).await, (3, false));
        let no = host.rejected(id as u128 + 20, Take { till, amount: 1 }).await;
        assert_eq!(no, No::Short(0));
    }
    assert!(matches!(host.give(30, Open { open: false }).await, Ok(Outcome::Unchanged { version: 0, .. })));
}
