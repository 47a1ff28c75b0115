//! A command happens once.

use tidings_command_host::{ExecuteError, Outcome};
use tidings_eventstore::MemoryLog;

use crate::till::{Host, TillCommand::*, stream};

#[tokio::test]
async fn the_same_command_again_is_replayed_and_appends_nothing() {
    let host = Host::on(&MemoryLog::new(4));
    assert_eq!(host.done(1, Put { till: "a", amount: 5 }).await, (1, false));
    assert_eq!(host.done(2, Put { till: "a", amount: 5 }).await, (2, false));
    assert_eq!(host.done(1, Put { till: "a", amount: 5 }).await, (1, true));
    assert_eq!(host.0.store().version(&stream("a")).await.unwrap(), 2);
}

#[tokio::test]
async fn a_command_that_would_now_be_refused_is_replayed_all_the_same() {
    let host = Host::on(&MemoryLog::new(4));
    host.done(1, Put { till: "a", amount: 5 }).await;
    host.done(2, Take { till: "a", amount: 5 }).await;
    assert_eq!(host.done(2, Take { till: "a", amount: 5 }).await, (2, true));
}

#[tokio::test]
async fn a_command_that_would_now_change_nothing_is_replayed_all_the_same() {
    let host = Host::on(&MemoryLog::new(4));
    host.done(1, Open { open: true }).await;
    assert_eq!(host.done(1, Open { open: true }).await, (1, true));
    assert!(matches!(host.give(2, Open { open: true }).await, Ok(Outcome::Unchanged { version: 1, .. })));
}

#[tokio::test]
async fn after_a_restart_it_is_still_remembered() {
    let log = MemoryLog::new(4);
    Host::on(&log).done(1, Put { till: "a", amount: 5 }).await;
    assert_eq!(Host::on(&log).done(1, Put { till: "a", amount: 5 }).await, (1, true));
}

#[tokio::test]
async fn sent_to_two_hosts_at_once_it_happens_once() {
    let log = MemoryLog::new(4);
    let (one, other) = (Host::on(&log), Host::on(&log));
    for id in 1..50 {
        let put = Put { till: "a", amount: 1 };
        let (a, b, c) =
            tokio::join!(one.done(id, put.clone()), other.done(id, put.clone()), one.done(id, put));
        assert_eq!((a.0, b.0, c.0), (id as u64, id as u64, id as u64));
        assert_eq!(
            [a.1, b.1, c.1].iter().filter(|replayed| !**replayed).count(),
            1,
            "one of the three made it"
        );
    }
    assert_eq!(one.0.store().version(&stream("a")).await.unwrap(), 49);
}

#[tokio::test]
async fn its_id_given_to_another_stream_is_refused() {
    let host = Host::on(&MemoryLog::new(1));
    host.done(1, Put { till: "a", amount: 5 }).await;
    let reused = host.give(1, Put { till: "b", amount: 5 }).await;
    assert!(matches!(reused, Err(ExecuteError::CommandReused { .. })), "{reused:?}");
}
