//! Facts about other streams are at most so old.

use std::time::Duration;

use tidings_eventstore::MemoryLog;

use crate::till::{Host, No, TillCommand::*};

#[tokio::test(start_paused = true)]
async fn an_acceptance_may_rest_on_a_fact_of_up_to_a_second_and_no_more() {
    let log = MemoryLog::new(4);
    let (one, other) = (Host::on(&log), Host::on(&log));
    one.done(1, Open { open: true }).await;
    one.done(2, Sell { till: "a", amount: 5 }).await;
    other.done(3, Open { open: false }).await;
    tokio::time::advance(Duration::from_millis(900)).await;
    one.done(4, Sell { till: "a", amount: 5 }).await;
    tokio::time::advance(Duration::from_millis(101)).await;
    assert_eq!(one.rejected(5, Sell { till: "a", amount: 5 }).await, No::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_never_rests_on_an_old_fact() {
    let log = MemoryLog::new(4);
    let (one, other) = (Host::on(&log), Host::on(&log));
    assert_eq!(one.rejected(1, Sell { till: "a", amount: 5 }).await, No::Closed);
    other.done(2, Open { open: true }).await;
    assert_eq!(one.done(3, Sell { till: "a", amount: 5 }).await, (1, false));
}

#[tokio::test(start_paused = true)]
async fn what_a_host_appended_itself_it_knows_at_once() {
    let host = Host::on(&MemoryLog::new(4));
    host.done(1, Open { open: true }).await;
    host.done(2, Sell { till: "a", amount: 5 }).await;
    host.done(3, Open { open: false }).await;
    assert_eq!(host.rejected(4, Sell { till: "a", amount: 5 }).await, No::Closed);
}
