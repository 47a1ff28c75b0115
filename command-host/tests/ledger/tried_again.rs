//! Commands that could not be carried out.

use std::time::Duration;

use serde_json::json;
use tidings_eventstore::conformance::Faults;
use tidings_ledger::{How, Ledger, Operated, Receive, State, retry};
use tidings_world::World;
use tokio::time::sleep;

use crate::stage::{Stage, id, post, unwaited};

const AWAY: Faults =
    Faults { refused: 1_000, lost: 0, stored: 0, part: 0, late: 0, unreadable: 0, delay: Duration::ZERO };

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_five_times_at_growing_intervals_and_given_up() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(AWAY);
    host.call(&unwaited(post(1, "x"))).await;
    for attempt in 1..retry::ATTEMPTS {
        stage.until(id(1), |entry| entry.state == State::FailedRetryable && entry.attempts == attempt).await;
        let entry = stage.entry(id(1)).await;
        let wait = entry.next_attempt_at.unwrap().millis() - entry.updated_at.millis();
        let most = 1_000 * 2i64.pow(attempt);
        assert!((most / 2..=most).contains(&wait), "after attempt {attempt} it waits {wait} ms");
        assert!(entry.last_error.unwrap().contains("unavailable"));
        let waited = stage.until(id(1), |entry| entry.attempts > attempt).await;
        // It is looked for once a second.
        let most = Duration::from_millis(wait.unsigned_abs() + 1_050);
        assert!(waited >= Duration::from_millis(wait.unsigned_abs() - 20) && waited <= most, "{waited:?}");
    }
    stage.until(id(1), |entry| entry.state == State::FailedTerminal).await;
    let told = host.call(&post(1, "x")).await["error"].clone();
    assert_eq!(
        (&told["code"], &told["retry"], &told["replayed"]),
        (&json!("unavailable"), &json!(false), &json!(true))
    );
    host.log.heal().await;
    sleep(Duration::from_secs(1_000)).await;
    assert_eq!(stage.commits().await, 0, "it rests");
    let retried = stage.ledger.retry(id(1), stage.world.now()).await;
    assert!(matches!(retried, Ok(Operated::Done(_))));
    stage.until(id(1), |entry| entry.state == State::Succeeded).await;
    assert_eq!((stage.entry(id(1)).await.attempts, stage.commits().await), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_the_log_has_is_not_given_up() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(AWAY);
    host.call(&unwaited(post(1, "x"))).await;
    // As if a host had died between append and outcome.
    stage.host_without().call(&post(1, "x")).await;
    stage.until(id(1), |entry| entry.state.is_final()).await;
    let entry = stage.entry(id(1)).await;
    assert_eq!((entry.state, entry.attempts), (State::Succeeded, retry::ATTEMPTS));
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_carried_out_once_the_log_is_back_however_the_clock_jumps() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(AWAY);
    for number in 0..20 {
        host.call(&unwaited(post(number, "x"))).await;
    }
    stage.until(id(0), |entry| entry.attempts == 3).await;
    host.log.heal().await;
    stage.world.jump(-3_600_000);
    let mut longest = Duration::ZERO;
    for number in 0..20 {
        longest += stage.until(id(number), |entry| entry.state == State::Succeeded).await;
    }
    assert!(longest < Duration::from_secs(20), "an hour back does no harm: {longest:?}");
    assert_eq!(stage.commits().await, 20);
}

#[tokio::test(start_paused = true)]
async fn what_its_client_waited_for_in_vain_is_left_alone_until_it_is_sent_again() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(AWAY);
    let told = host.call(&post(1, "x")).await["error"].clone();
    assert_eq!((&told["code"], &told["retry"]), (&json!("unavailable"), &json!(true)));
    host.log.heal().await;
    sleep(Duration::from_secs(1_000)).await;
    assert_eq!((stage.entry(id(1)).await.state, stage.commits().await), (State::Received, 0));
    let again = host.call(&post(1, "x")).await;
    assert_eq!((&again["ok"], &again["replayed"]), (&json!(true), &json!(false)));
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_promised_after_its_client_waited_in_vain_is_tried_all_the_same() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(AWAY);
    for _ in 0..6 {
        assert_eq!(host.call(&post(1, "x")).await["error"]["retry"], true);
    }
    assert_eq!(host.call(&unwaited(post(1, "x"))).await["accepted"], true);
    stage.until(id(1), |entry| entry.state == State::FailedRetryable).await;
    host.log.heal().await;
    stage.until(id(1), |entry| entry.state == State::Succeeded).await;
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_what_was_promised_does_not_have_it_given_up() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(AWAY);
    host.call(&unwaited(post(1, "x"))).await;
    stage.until(id(1), |entry| entry.state == State::FailedRetryable).await;
    for _ in 0..20 {
        let error = host.call(&post(1, "x")).await["error"].clone();
        assert_eq!(error["retry"], true, "{error}");
        let entry = stage.entry(id(1)).await;
        assert!(!entry.state.is_final() && entry.attempts <= 2, "{entry:?}");
    }
    host.log.heal().await;
    assert_eq!(host.call(&post(1, "x")).await["ok"], true);
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn what_this_host_does_not_understand_is_tried_again_since_another_may_and_given_up_in_the_end() {
    let stage = Stage::new();
    let of_later = format!(r#"{{"command":"Later","actor":"{}"}}"#, crate::stage::ANN);
    for (number, text) in [(1, "{".to_owned()), (2, of_later)] {
        let (how, actor) = (How::Promise { text }, crate::stage::ANN);
        let command = Receive { id: id(number), digest: [0; 32], name: "Later".into(), actor, how };
        stage.ledger.receive(command, stage.world.now()).await.unwrap();
    }
    let _host = stage.host();
    for state in [State::FailedRetryable, State::FailedTerminal] {
        for number in [1, 2] {
            stage.until(id(number), |entry| entry.state == state).await;
        }
    }
    for number in [1, 2] {
        assert_eq!(stage.entry(id(number)).await.attempts, retry::ATTEMPTS);
    }
}
