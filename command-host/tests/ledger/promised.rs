//! Commands that nobody waits for.

use serde_json::json;
use tidings_command_host::LedgerOptions;
use tidings_eventstore::conformance::Faults;
use tidings_ledger::State;

use crate::stage::{Stage, hopeless, id, post, unwaited};

#[tokio::test(start_paused = true)]
async fn what_is_promised_is_carried_out_and_its_repeat_gets_the_outcome() {
    let stage = Stage::new();
    let host = stage.host();
    for (number, line) in [(1, post(1, "x")), (2, hopeless(2))] {
        let line = unwaited(line);
        let accepted = host.call(&line).await;
        assert_eq!([&accepted["ok"], &accepted["accepted"], &accepted["replayed"]], [true, true, false]);
        assert_eq!(accepted["state"], "RECEIVED");
        stage.until(id(number), |entry| entry.state.is_final()).await;
    }
    let (again, refused) =
        (host.call(&unwaited(post(1, "x"))).await, host.call(&unwaited(hopeless(2))).await);
    assert_eq!((&again["version"], &again["replayed"]), (&json!(1), &json!(true)));
    assert_eq!(refused["error"]["code"], "not_found");
    assert_eq!(refused["error"]["replayed"], true);
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_promise_is_told_again_while_it_is_not_kept_yet() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(Faults { refused: 1_000, ..Faults::default() });
    let line = unwaited(post(1, "x"));
    host.call(&line).await;
    stage.until(id(1), |entry| entry.state == State::FailedRetryable).await;
    let again = host.call(&line).await;
    assert_eq!((&again["accepted"], &again["replayed"]), (&json!(true), &json!(true)));
    assert_eq!(again["state"], "FAILED_RETRYABLE");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_by_itself_is_refused_at_once_and_not_recorded() {
    let stage = Stage::new();
    let host = stage.host();
    let mut wrong = unwaited(post(1, "x"));
    wrong["data"] = json!({ "txt": "x" });
    let mut unknown = unwaited(post(1, "x"));
    unknown["command"] = json!("CreatPost");
    for (line, code) in [(wrong, "invalid"), (unknown, "unknown")] {
        assert_eq!(host.call(&line).await["error"]["code"], code);
    }
    let list = tidings_ledger::Listing { state: None, before: None, most: 10 };
    assert_eq!(tidings_ledger::Ledger::list(&stage.ledger, list).await, Ok(vec![]));
}

#[tokio::test(start_paused = true)]
async fn too_many_promises_are_overloaded_until_some_are_kept() {
    let stage = Stage::new();
    let host = stage.host_with(LedgerOptions { backlog: 10, ..LedgerOptions::default() }, false);
    host.log.set(Faults { refused: 1_000, ..Faults::default() });
    for number in 0..10 {
        assert_eq!(host.call(&unwaited(post(number, "x"))).await["accepted"], true);
    }
    let error = host.call(&unwaited(post(10, "x"))).await["error"].clone();
    assert_eq!((&error["code"], &error["retry"]), (&json!("overloaded"), &json!(true)));
    host.log.heal().await;
    for number in 0..10 {
        stage.until(id(number), |entry| entry.state == State::Succeeded).await;
    }
    stage.until(id(0), |_| true).await;
    tokio::time::sleep(LedgerOptions::default().look).await;
    assert_eq!(host.call(&unwaited(post(10, "x"))).await["accepted"], true);
    assert_eq!(stage.commits().await, 10);
}

#[tokio::test(start_paused = true)]
async fn a_long_backlog_is_claimed_in_lots_and_then_promises_are_taken_again() {
    let stage = Stage::new();
    let before = stage.host();
    before.log.set(Faults { refused: 1_000, ..Faults::default() });
    for number in 0..400 {
        assert_eq!(before.call(&unwaited(post(number, "x"))).await["accepted"], true);
    }
    stage.until(id(399), |entry| entry.state == State::FailedRetryable).await;
    before.kill();
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let host = stage.host_with(LedgerOptions { backlog: 5, ..LedgerOptions::default() }, false);
    host.log.set(Faults { delay: std::time::Duration::from_millis(900), ..Faults::default() });
    stage.until(id(0), |entry| entry.state == State::Succeeded).await;
    assert_eq!(host.call(&unwaited(post(400, "x"))).await["error"]["code"], "overloaded");
    for number in 0..400 {
        stage.until(id(number), |entry| entry.state == State::Succeeded).await;
    }
    assert!(host.ledger.calls("claim") < 60, "{} claims", host.ledger.calls("claim"));
    assert_eq!(host.call(&unwaited(post(400, "x"))).await["accepted"], true, "at once");
}

#[tokio::test(start_paused = true)]
async fn who_waits_after_all_gets_the_outcome() {
    let stage = Stage::new();
    let host = stage.host();
    for number in 0..50 {
        let line = post(number, "x");
        let promised = unwaited(line.clone());
        let (accepted, waited) = tokio::join!(host.call(&promised), host.call(&line));
        assert_eq!(accepted["ok"], true, "{accepted}");
        assert_eq!((&waited["ok"], &waited["version"]), (&json!(true), &json!(1)), "{waited}");
    }
    assert_eq!(stage.commits().await, 50);
}
