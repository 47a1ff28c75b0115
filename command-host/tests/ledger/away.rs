//! A ledger that does not answer.

use std::time::Duration;

use serde_json::{Value, json};
use tidings_ledger::State;
use tidings_ledger::conformance::Faults;
use tokio::time::Instant;

use crate::stage::{Stage, hopeless, id, post, unwaited};

const NONE: Faults = Faults { lost: 0, done: 0, hangs: 0, delay: Duration::ZERO };

fn is_unavailable(reply: &Value) {
    assert_eq!(
        (&reply["error"]["code"], &reply["error"]["retry"]),
        (&json!("unavailable"), &json!(true)),
        "{reply}"
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_ledger_nothing_is_promised_and_nothing_begun_and_all_are_told_in_time() {
    let stage = Stage::new();
    let host = stage.host();
    for faults in [Faults { lost: 1_000, ..NONE }, Faults { hangs: 1_000, ..NONE }] {
        host.ledger.set(faults);
        for line in [post(1, "x"), unwaited(post(2, "x")), hopeless(3)] {
            let begun = Instant::now();
            is_unavailable(&host.call(&line).await);
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        }
    }
    assert_eq!(stage.commits().await, 0);
    host.ledger.set(NONE);
    for line in [post(1, "x"), unwaited(post(2, "x"))] {
        assert_eq!(host.call(&line).await["ok"], true);
    }
    stage.until(id(2), |entry| entry.state == State::Succeeded).await;
    assert_eq!(stage.commits().await, 2);
}

#[tokio::test(start_paused = true)]
async fn where_the_log_does_not_answer_the_repeat_of_a_refusal_is_told_so_in_time() {
    let stage = Stage::new();
    let host = stage.host();
    assert_eq!(host.call(&hopeless(1)).await["error"]["code"], "not_found");
    let hangs = tidings_eventstore::conformance::Faults {
        delay: Duration::from_secs(1_000_000),
        ..Default::default()
    };
    host.log.set(hangs);
    let begun = Instant::now();
    is_unavailable(&host.call(&hopeless(1)).await);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_only_when_the_ledger_has_it() {
    let stage = Stage::new();
    let host = stage.host();
    // The first call, which receives it, succeeds; the second, which ends it, does not.
    host.ledger.set(Faults { delay: Duration::from_millis(100), ..NONE });
    let line = hopeless(1);
    let cut = async {
        stage.until(id(1), |entry| entry.state == State::Processing).await;
        host.ledger.set(Faults { lost: 1_000, ..NONE });
    };
    let (told, ()) = tokio::join!(host.call(&line), cut);
    is_unavailable(&told);
    assert_eq!(stage.entry(id(1)).await.state, State::Processing);
    host.ledger.set(NONE);
    assert_eq!(host.call(&line).await["error"]["code"], "not_found");
    assert_eq!(stage.entry(id(1)).await.state, State::Rejected);
}

#[tokio::test(start_paused = true)]
async fn a_promise_whose_answer_was_lost_is_kept_all_the_same() {
    let stage = Stage::new();
    let host = stage.host();
    host.ledger.set(Faults { done: 1_000, ..NONE });
    is_unavailable(&host.call(&unwaited(post(1, "x"))).await);
    host.ledger.set(NONE);
    stage.until(id(1), |entry| entry.state == State::Succeeded).await;
    assert_eq!(host.call(&unwaited(post(1, "x"))).await["replayed"], true);
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn clients_are_told_which_part_is_away_and_nothing_of_why() {
    let stage = Stage::new();
    let host = stage.host();
    let told = |what: &str| format!("{what} cannot be used now; send the same line again later");
    let edit = json!({ "id": id(2), "command": "EditPost", "actor": id(9),
                       "data": { "post": id(1), "text": "y" } });
    let broken =
        tidings_eventstore::conformance::Faults { refused: 1_000, unreadable: 1_000, ..Default::default() };
    host.log.set(broken);
    for line in [post(1, "x"), edit] {
        let reply = host.call(&line).await;
        is_unavailable(&reply);
        assert_eq!(reply["error"]["message"], told("the log"), "{reply}");
    }
    host.log.heal().await;
    host.ledger.set(Faults { lost: 1_000, ..NONE });
    for line in [post(3, "x"), unwaited(post(4, "x"))] {
        let reply = host.call(&line).await;
        is_unavailable(&reply);
        assert_eq!(reply["error"]["message"], told("the ledger"), "{reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_ledger_and_then_a_log_that_hangs_are_told_in_the_time_of_one() {
    let stage = Stage::new();
    let host = stage.host();
    host.ledger.set(Faults { delay: Duration::from_millis(900), ..NONE });
    host.log.set(tidings_eventstore::conformance::Faults {
        delay: Duration::from_secs(1_000_000),
        ..Default::default()
    });
    for number in 1..20 {
        let begun = Instant::now();
        is_unavailable(&host.call(&post(number, "x")).await);
        assert!(begun.elapsed() < Duration::from_secs(2), "{number}: {:?}", begun.elapsed());
    }
}
