use std::time::Duration;

use serde_json::{Value, json};
use tidings_tests::{
    CommandHost, FullStack, Kind, Ledger, QueryHost, Server, Talk, Urls, command, query, query_after, until,
};
use tokio::time::Instant;
use uuid::Uuid;

/// What a client is granted to be told that something is away.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// The refusal of a request, which comes in time and may be sent again.
async fn unavailable(talk: &mut Talk, request: &Value) -> Value {
    let asked = Instant::now();
    let error = talk.refusal(request).await;
    let took = asked.elapsed();
    assert!(took < TOLD_WITHIN, "told after {took:?}: {error}");
    assert_eq!([&error["code"], &error["retry"]], [&json!("unavailable"), &json!(true)], "{error}");
    error
}

fn post(id: Uuid) -> Value {
    let mut line = command("CreatePost", Uuid::nil(), json!({ "text": "x" }));
    line["id"] = json!(id);
    line
}

/// Sends the same command until it is carried out.
async fn carried_out(talk: &mut Talk, line: &Value) -> Value {
    until("the command is carried out", async || {
        let reply = talk.call(line).await;
        (reply["ok"] == true).then_some(reply)
    })
    .await
}

#[tokio::test]
async fn while_the_log_is_stopped_commands_are_told_in_time_and_then_it_goes_on() {
    let (stack, mut ledger) = (FullStack::fresh().await, Ledger::default());
    let mongo = Server::start(Kind::MongoDb).await;
    let urls = Urls { store: mongo.url(), ..stack.urls };
    let host = CommandHost::on(&urls, |_| {}).await;
    let mut talk = host.talk().await;
    ledger.note(&talk.ok(&post(Uuid::now_v7())).await);
    for _ in 0..2 {
        mongo.pause();
        let lost = post(Uuid::now_v7());
        // The first that finds it so, and who comes after.
        for _ in 0..3 {
            unavailable(&mut talk, &lost).await;
        }
        talk.ping().await;
        mongo.resume();
        ledger.note(&carried_out(&mut talk, &lost).await);
    }
    // Each outage is told, also the second within a minute.
    until("both ends are told", async || {
        (host.process.said().matches("the log answers again after").count() == 2).then_some(())
    })
    .await;
    assert_eq!(host.process.said().matches("the log cannot be used").count(), 2, "{}", host.process.said());
    let log = tidings_tests::log_at(&urls).await;
    ledger.assert_in(&log);
    assert_eq!(log.len(), ledger.count());
}

#[tokio::test]
async fn while_the_log_is_dead_commands_are_told_in_time_and_then_it_goes_on() {
    let (stack, mut ledger) = (FullStack::fresh().await, Ledger::default());
    let mut mongo = Server::start(Kind::MongoDb).await;
    let urls = Urls { store: mongo.url(), ..stack.urls };
    let mut host = CommandHost::on(&urls, |_| {}).await;
    let mut talk = host.talk().await;
    ledger.note(&talk.ok(&post(Uuid::now_v7())).await);
    mongo.kill();
    let lost = post(Uuid::now_v7());
    for _ in 0..3 {
        unavailable(&mut talk, &lost).await;
    }
    // What needs the log to be read, too.
    let edit = command("EditPost", Uuid::nil(), json!({ "post": Uuid::now_v7(), "text": "y" }));
    unavailable(&mut talk, &edit).await;
    mongo.restart().await;
    ledger.note(&carried_out(&mut talk, &lost).await);
    host.process.says("the log answers again").await;
    ledger.assert_in(&tidings_tests::log_at(&urls).await);
}

#[tokio::test]
async fn while_the_read_models_are_away_queries_are_told_in_time_and_then_it_goes_on() {
    let stack = FullStack::fresh().await;
    let mut postgres = Server::start(Kind::Postgres).await;
    let urls = Urls { views: postgres.url(), ..stack.urls.clone() };
    let commands = CommandHost::on(&urls, |_| {}).await;
    let projection = tidings_tests::ProjectionHost::on(&urls, |_| {}).await;
    let mut host = QueryHost::on(&urls, |_| {}).await;
    let (mut commander, mut asker) = (commands.talk().await, host.talk().await);
    let reply = commander.ok(&post(Uuid::now_v7())).await;
    let fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
    asker.ok(&fresh).await;
    postgres.pause();
    for request in [&query("RecentPosts", json!({})), &query("Profile", json!({ "user": Uuid::nil() }))] {
        unavailable(&mut asker, request).await;
    }
    postgres.resume();
    until("queries are answered", async || (asker.call(&fresh).await["ok"] == true).then_some(())).await;
    host.process.says("the read model answers again").await;
    postgres.kill();
    unavailable(&mut asker, &query("RecentPosts", json!({}))).await;
    // Commands need no read model.
    let reply = commander.ok(&post(Uuid::now_v7())).await;
    // What became of a command is in the log.
    asker.ok(&query("CommandStatus", json!({ "command": reply["id"] }))).await;
    postgres.restart().await;
    let fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
    until("queries are answered", async || (asker.call(&fresh).await["ok"] == true).then_some(())).await;
    drop(projection);
}

#[tokio::test]
async fn a_right_that_is_taken_away_while_hosts_run_is_named_by_them_and_by_no_reply() {
    let stack = FullStack::fresh().await;
    let admin = tidings_tests::connect(&stack.urls.views).await;
    let role = format!("taken_{}", Uuid::now_v7().simple());
    admin.batch_execute(&format!("CREATE ROLE {role} LOGIN SUPERUSER")).await.unwrap();
    let views = stack.urls.views.replacen("postgres@", &format!("{role}@"), 1);
    let urls = Urls { views, ..stack.urls };
    let commands = CommandHost::on(&urls, |_| {}).await;
    let mut projection = tidings_tests::ProjectionHost::on(&urls, |_| {}).await;
    let mut host = QueryHost::on(&urls, |_| {}).await;
    let (mut commander, mut asker) = (commands.talk().await, host.talk().await);
    let reply = commander.ok(&post(Uuid::now_v7())).await;
    let fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
    asker.ok(&fresh).await;
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'");
    admin.batch_execute(&format!("ALTER ROLE {role} NOLOGIN; {end}")).await.unwrap();
    for process in [&mut host.process, &mut projection.process] {
        until("it says what it waits for", async || {
            let reply = asker.call(&fresh).await;
            let told = reply["error"]["message"].as_str().unwrap_or_default();
            assert!(!told.contains(&role) && !told.contains("28000"), "{reply}");
            process.said().contains("refuses this user or password").then_some(())
        })
        .await;
    }
    admin.batch_execute(&format!("ALTER ROLE {role} LOGIN")).await.unwrap();
    until("queries are answered", async || (asker.call(&fresh).await["ok"] == true).then_some(())).await;
    host.process.says("the read model answers again after").await;
    assert_eq!(host.process.said().matches("refuses this user").count(), 1, "{}", host.process.said());
    drop((projection, host));
    admin.batch_execute(&format!("{end}; DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn while_kafka_is_dead_nobody_is_told_anything_and_queries_stay_fresh() {
    let stack = FullStack::fresh().await;
    let mut kafka = Server::start(Kind::Kafka).await;
    let urls = Urls { bus: format!("kafka://{}/tidings", kafka.url()), ..stack.urls.clone() };
    let commands = CommandHost::on(&urls, |_| {}).await;
    let projection = tidings_tests::ProjectionHost::on(&urls, |_| {}).await;
    let host = QueryHost::on(&urls, |_| {}).await;
    let (mut commander, mut asker) = (commands.talk().await, host.talk().await);
    let mut ledger = Ledger::default();
    for alive in [true, false, true] {
        if alive {
            kafka.restart().await;
        } else {
            kafka.kill();
        }
        for _ in 0..10 {
            let reply = commander.ok(&post(Uuid::now_v7())).await;
            ledger.note(&reply);
            asker.ok(&query_after("RecentPosts", json!({}), json!([reply["at"]]))).await;
        }
    }
    tidings_tests::audit_at(&urls, &ledger).await;
    drop(projection);
}
