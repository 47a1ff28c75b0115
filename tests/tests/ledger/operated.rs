use std::path::Path;

use serde_json::{Value, json};
use tidings_tests::{Output, QueryHost, Talk, Tidings, Urls, folder, query, run};
use uuid::Uuid;

use crate::{command_host, post, promised, recording, until_state, url};

async fn replay(data: &Path, verb: &[&str]) -> Output {
    let url = url(data);
    run("replay", ["commands", "--json", "--ledger", &url].into_iter().chain(verb.iter().copied())).await
}

fn lines(output: &Output) -> Vec<Value> {
    output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_operator_lists_calls_off_and_has_commands_tried_again() {
    let data = folder();
    let mut host = command_host(data.path()).await;
    let lock = rusqlite::Connection::open(data.path().join("log.sqlite")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let mut talk = host.talk().await;
    for id in [one, other] {
        talk.ok(&promised(post(id, "x"))).await;
    }
    host.process.kill();
    drop(lock);
    // As if nobody were at it: the host that was is dead, and the next one says so when it starts.
    let ledger = rusqlite::Connection::open(data.path().join("ledger.sqlite")).unwrap();
    let let_go =
        "UPDATE commands SET state = 'RECEIVED', host = NULL, lease_until = NULL, next_attempt_at = NULL";
    ledger.execute_batch(let_go).unwrap();
    drop(ledger);

    let (first, second) = (one.to_string(), other.to_string());
    let list = replay(data.path(), &["list", "--state", "RECEIVED"]).await;
    let ids: Vec<_> = lines(&list).iter().map(|line| line["command"].clone()).collect();
    assert_eq!(ids, [json!(other), json!(one)], "newest first: {list:?}");
    for id in [&first, &second] {
        let cancelled = replay(data.path(), &["cancel", id]).await;
        assert_eq!(cancelled.code, Some(0), "{cancelled:?}");
        assert_eq!(lines(&cancelled)[0]["cancelled"]["state"], "CANCELLED");
    }
    let retried = replay(data.path(), &["retry", &second]).await;
    assert_eq!(lines(&retried)[0]["retried"]["state"], "RECEIVED", "{retried:?}");

    let tidings = Tidings::start(data.path()).await;
    let mut asker = tidings.asker().await;
    // The log has it a moment before the ledger knows.
    tidings_tests::until("the ledger knows its outcome", async || {
        let done = asker.ok(&query("Commands", json!({ "state": "SUCCEEDED" }))).await;
        done["data"].as_array()?.iter().any(|row| row["command"] == json!(other)).then_some(())
    })
    .await;
    assert_eq!(until_state(&mut asker, one, "CANCELLED").await["error"]["reason"], "cancelled");
    let told = tidings.commander().await.refusal(&post(one, "x")).await;
    assert_eq!((&told["code"], &told["reason"]), (&json!("gone"), &json!("cancelled")));
    // The log said so; the ledger learns of it a moment later.
    let list = replay(data.path(), &["list", "--state", "CANCELLED"]).await;
    assert_eq!(lines(&list)[0]["error"]["message"], "this command was called off", "{list:?}");
    // What has its outcome, or is not known, stays as it is.
    for (verb, id, why) in [
        ("retry", &second, "is SUCCEEDED"),
        ("cancel", &second, "is SUCCEEDED"),
        ("retry", &Uuid::nil().to_string(), "knows no command"),
    ] {
        let refused = replay(data.path(), &[verb, id]).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stdout.contains(why), "{refused:?}");
    }
}

#[tokio::test]
async fn a_query_host_pages_through_the_ledger_of_the_command_host() {
    let data = folder();
    let host = command_host(data.path()).await;
    let queries = QueryHost::on(&Urls::embedded(data.path()), recording(data.path())).await;
    let _projection = tidings_tests::ProjectionHost::start(data.path()).await;
    let (mut talk, mut asker) = (host.talk().await, Talk::to(queries.queries).await);
    let ids: Vec<Uuid> = (0..25).map(|_| Uuid::now_v7()).collect();
    for id in &ids {
        talk.ok(&post(*id, "x")).await;
    }
    tidings_tests::until("the query host is ready", async || {
        (asker.call(&query("RecentPosts", json!({}))).await["ok"] == true).then_some(())
    })
    .await;
    until_state(&mut asker, ids[24], "SUCCEEDED").await;
    let (mut seen, mut data) = (Vec::new(), json!({ "limit": 10 }));
    loop {
        let page = asker.ok(&query("Commands", data.clone())).await;
        seen.extend(page["data"].as_array().unwrap().iter().map(|row| row["command"].clone()));
        match page.get("next") {
            Some(next) => data["cursor"] = next.clone(),
            None => break,
        }
    }
    assert_eq!(seen, ids.iter().rev().map(|id| json!(id)).collect::<Vec<_>>());
    for (data, field) in [
        (json!({ "state": "DONE" }), "data.state"),
        (json!({ "cursor": "x" }), "data.cursor"),
        (json!({ "limit": 101 }), "data.limit"),
    ] {
        let error = asker.refusal(&query("Commands", data)).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid"), &json!(field)), "{error}");
    }
    let error = asker.refusal(&query("CommandStatus", json!({ "command": Uuid::nil() }))).await;
    assert_eq!(error["code"], "not_found");
}
