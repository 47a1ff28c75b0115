//! Hosts that die, hang and wake up.

use std::time::Duration;

use serde_json::json;
use tidings_command_host::LedgerOptions;
use tidings_eventstore::conformance as logs;
use tidings_ledger::conformance::Faults;
use tidings_ledger::{Claim, End, Finish, Ledger, State};
use tidings_world::World;
use tokio::time::{Instant, sleep};

use crate::stage::{Stage, hopeless, id, post, unwaited};

const HANGS: Faults = Faults { lost: 0, done: 0, hangs: 1_000, delay: Duration::ZERO };
const SLOW_LOG: logs::Faults = logs::Faults {
    delay: Duration::from_secs(1_000_000),
    refused: 0,
    lost: 0,
    stored: 0,
    part: 0,
    late: 0,
    unreadable: 0,
};

#[tokio::test(start_paused = true)]
async fn what_a_host_was_at_that_died_another_carries_out_once_when_its_lease_has_ended() {
    let stage = Stage::new();
    let (dies, lives) = (stage.host(), stage.host());
    dies.log.set(SLOW_LOG);
    // So that the other does not get them first.
    lives.ledger.set(HANGS);
    for number in 0..10 {
        assert_eq!(dies.call(&unwaited(post(number, "x"))).await["accepted"], true);
        stage.until(id(number), |entry| entry.state == State::Processing).await;
    }
    let begun = Instant::now();
    dies.kill();
    let lives = (stage.host(), lives.kill()).0;
    for number in 0..10 {
        stage.until(id(number), |entry| entry.state == State::Succeeded).await;
    }
    let lease = LedgerOptions::default().lease;
    assert!(begun.elapsed() + Duration::from_secs(1) > lease, "not before: {:?}", begun.elapsed());
    assert!(begun.elapsed() < lease + Duration::from_secs(3), "and soon after: {:?}", begun.elapsed());
    assert_eq!(stage.commits().await, 10);
    assert_eq!(stage.entry(id(0)).await.attempts, 2);
    drop(lives);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_alone_goes_on_at_once_with_what_the_one_before_it_was_at() {
    let stage = Stage::new();
    let dies = stage.host();
    dies.log.set(SLOW_LOG);
    dies.call(&unwaited(post(1, "x"))).await;
    stage.until(id(1), |entry| entry.state == State::Processing).await;
    dies.kill();
    let _host = stage.host_with(LedgerOptions::default(), true);
    let waited = stage.until(id(1), |entry| entry.state == State::Succeeded).await;
    assert!(waited < Duration::from_secs(2), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_wakes_up_late_changes_no_outcome() {
    let stage = Stage::new();
    let zombie = stage.host();
    zombie.log.set(logs::Faults { delay: Duration::from_millis(700), ..SLOW_LOG });
    zombie.call(&unwaited(post(1, "x"))).await;
    stage.until(id(1), |entry| entry.state == State::Processing).await;
    // It appends, and hangs before it can say so.
    zombie.ledger.set(Faults { delay: Duration::from_secs(3_000), hangs: 0, ..HANGS });
    sleep(LedgerOptions::default().lease + Duration::from_secs(1)).await;
    assert_eq!(stage.commits().await, 1);
    let claim = Claim { host: id(99), lease: Duration::from_secs(100_000), most: 1 };
    let claimed = stage.ledger.claim(claim, stage.world.now()).await.unwrap();
    let entry = stage.entry(id(1)).await;
    assert_eq!(claimed.work.len(), 1, "{entry:?}");
    sleep(Duration::from_secs(10_000)).await;
    assert!(zombie.ledger.calls("finish") > 0, "it has woken up");
    assert_eq!(stage.entry(id(1)).await, entry, "another is at it");
    let finish = Finish::Unchanged { outcome: "{}".into() };
    let ended = vec![End { hold: claimed.work[0].hold, finish }];
    assert_eq!(stage.ledger.finish(ended, stage.world.now()).await, Ok(vec![true]));
}

#[tokio::test(start_paused = true)]
async fn killed_between_append_and_outcome_the_repeat_finds_the_append() {
    let stage = Stage::new();
    let dies = stage.host();
    let line = post(1, "x");
    // The reply to an append does not wait for the ledger, which here is never told.
    let call = dies.call(&line);
    let append = async {
        stage.until(id(1), |entry| entry.state == State::Processing).await;
        dies.ledger.set(HANGS);
    };
    let (first, ()) = tokio::join!(biased; call, append);
    assert_eq!(first["replayed"], false);
    dies.kill();
    let host = stage.host_with(LedgerOptions::default(), true);
    let again = host.call(&line).await;
    assert_eq!((&again["replayed"], &again["at"]), (&json!(true), &first["at"]));
    stage.until(id(1), |entry| entry.state == State::Succeeded).await;
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_host_takes_for_the_second_time_it_does_not_leave_since_it_lost_it_the_first_time() {
    let stage = Stage::new();
    let (lease, look) = (Duration::from_secs(1), Duration::from_millis(50));
    let host = stage.host_with(LedgerOptions { lease, look, ..LedgerOptions::default() }, false);
    host.log.set(SLOW_LOG);
    host.call(&unwaited(hopeless(1))).await;
    stage.until(id(1), |entry| entry.state == State::Processing).await;
    // Its lease ends before it hears from the ledger again, and it is the first to look.
    host.ledger.set(Faults { lost: 1_000, ..Faults::default() });
    sleep(lease).await;
    host.log.set(logs::Faults::default());
    host.ledger.set(Faults::default());
    stage.until(id(1), |entry| entry.state == State::Rejected).await;
    assert_eq!(stage.entry(id(1)).await.attempts, 2);
}
