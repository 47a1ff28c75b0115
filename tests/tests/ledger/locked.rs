use std::time::{Duration, Instant};

use serde_json::json;
use tidings_tests::{Tidings, command, folder, until};
use uuid::Uuid;

use crate::{ANN, post, promised, until_state};

#[tokio::test]
async fn while_somebody_holds_the_ledgers_lock_all_are_told_in_time_and_nothing_is_promised() {
    let data = folder();
    let tidings = Tidings::start(data.path()).await;
    let mut talk = tidings.commander().await;
    let lock = rusqlite::Connection::open(data.path().join("ledger.sqlite")).unwrap();
    lock.busy_timeout(Duration::from_secs(30)).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    for line in [promised(post(one, "x")), post(other, "y")] {
        let asked = Instant::now();
        let error = talk.refusal(&line).await;
        assert_eq!((&error["code"], &error["retry"]), (&json!("unavailable"), &json!(true)), "{error}");
        assert!(error["message"].as_str().unwrap().contains("the ledger"), "{error}");
        // Two seconds is what the host keeps to; the rest is for a busy machine.
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
    lock.execute_batch("COMMIT").unwrap();
    until("the ledger answers again", async || {
        (talk.call(&promised(post(one, "x"))).await["ok"] == true).then_some(())
    })
    .await;
    until_state(&mut tidings.asker().await, one, "SUCCEEDED").await;
    assert_eq!(talk.ok(&post(other, "y")).await["version"], 1);
}

#[tokio::test]
async fn without_room_for_the_ledger_nothing_is_promised_until_there_is_room() {
    let data = folder();
    drop(Tidings::start(data.path()).await);
    // A trigger stands for the full disk.
    let ledger = rusqlite::Connection::open(data.path().join("ledger.sqlite")).unwrap();
    let trigger =
        "CREATE TRIGGER full BEFORE INSERT ON commands BEGIN SELECT RAISE(ABORT, 'disk is full'); END";
    ledger.execute_batch(trigger).unwrap();
    let tidings = Tidings::start(data.path()).await;
    let mut talk = tidings.commander().await;
    let id = Uuid::now_v7();
    for line in [promised(post(id, "x")), command("CreatePost", ANN, json!({ "text": "y" }))] {
        let error = talk.refusal(&line).await;
        assert_eq!(error["code"], "unavailable", "{error}");
    }
    ledger.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(talk.ok(&promised(post(id, "x"))).await["accepted"], true);
    until_state(&mut tidings.asker().await, id, "SUCCEEDED").await;
}
