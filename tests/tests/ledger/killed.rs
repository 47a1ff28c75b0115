use serde_json::json;
use tidings_tests::{Ledger, Tidings, audit, folder, log_of, query};
use uuid::Uuid;

use crate::{command_host, post, promised, until_state};

#[tokio::test]
async fn what_was_accepted_before_a_kill_is_carried_out_once_after_it() {
    let data = folder();
    let mut host = command_host(data.path()).await;
    // Somebody holds the log's lock, so that nothing is carried out before the kill.
    let lock = rusqlite::Connection::open(data.path().join("log.sqlite")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ids: Vec<Uuid> = (0..100).map(|_| Uuid::now_v7()).collect();
    let mut talk = host.talk().await;
    for id in &ids {
        let accepted = talk.ok(&promised(post(*id, "x"))).await;
        assert_eq!(accepted["accepted"], true, "{accepted}");
    }
    host.process.kill();
    drop(lock);
    assert_eq!(log_of(data.path()).await.len(), 0);

    let (tidings, mut ledger) = (Tidings::start(data.path()).await, Ledger::default());
    let (mut talk, mut asker) = (tidings.commander().await, tidings.asker().await);
    for id in &ids {
        let status = until_state(&mut asker, *id, "SUCCEEDED").await;
        assert_eq!((&status["promised"], &status["version"]), (&json!(true), &json!(1)));
        let again = talk.ok(&post(*id, "x")).await;
        assert_eq!((&again["replayed"], &again["at"]), (&json!(true), &status["at"]));
        ledger.note(&again);
    }
    let (log, _) = audit(data.path(), &ledger).await;
    assert_eq!(log.len(), ids.len(), "each once");
}

#[tokio::test]
async fn kills_at_any_moment_leave_one_outcome_for_what_was_promised_and_what_was_waited_for() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let rounds: Vec<Vec<Uuid>> = (0..6).map(|_| (0..40).map(|_| Uuid::now_v7()).collect()).collect();
    let line = |n: usize, id: Uuid| if n.is_multiple_of(2) { promised(post(id, "x")) } else { post(id, "x") };
    for (round, ids) in rounds.iter().enumerate() {
        let mut host = command_host(data.path()).await;
        let client = host.talk().await.into_client();
        let (mut sender, mut receiver) = client.split();
        for (n, id) in ids.iter().enumerate() {
            sender.send(&line(n, *id).to_string()).await.unwrap();
        }
        sender.flush().await.unwrap();
        // Killed when so many replies have come, and whatever is going on then.
        for _ in 0..round * 6 {
            receiver.next_reply().await.unwrap().unwrap();
        }
        host.process.kill();
    }
    let tidings = Tidings::start(data.path()).await;
    let (mut talk, mut asker) = (tidings.commander().await, tidings.asker().await);
    for (n, id) in rounds.iter().flat_map(|ids| ids.iter().enumerate()) {
        let mut waited = line(n, *id);
        waited.as_object_mut().unwrap().remove("wait");
        let reply = talk.ok(&waited).await;
        assert_eq!(reply["version"], 1, "{reply}");
        ledger.note(&reply);
        until_state(&mut asker, *id, "SUCCEEDED").await;
    }
    let (log, _) = audit(data.path(), &ledger).await;
    assert_eq!(log.len(), 240);
    for state in ["RECEIVED", "PROCESSING", "FAILED_RETRYABLE", "FAILED_TERMINAL", "REJECTED"] {
        tidings_tests::until(&format!("nothing is {state}"), async || {
            let list = asker.ok(&query("Commands", json!({ "state": state }))).await;
            (list["data"] == json!([])).then_some(())
        })
        .await;
    }
}
