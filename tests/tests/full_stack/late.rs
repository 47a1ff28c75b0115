use std::time::Duration;

use serde_json::json;
use tidings_tests::{
    CommandHost, FullStack, Kind, ProjectionHost, QueryHost, Server, Signal, Talk, Urls, command, query,
    query_after, until,
};
use tokio::time::Instant;
use uuid::Uuid;

async fn told_to_wait(talk: &mut Talk, request: serde_json::Value, words: &str) {
    let asked = Instant::now();
    let error = talk.refusal(&request).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "told after {:?}: {error}", asked.elapsed());
    assert_eq!([&error["code"], &error["retry"]], [&json!("unavailable"), &json!(true)], "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(words) || message == "the host is starting", "{words:?} in {message:?}");
    assert!(
        !message.contains("://") && !message.contains("refused"),
        "where it is, is not for clients: {message:?}"
    );
    talk.ping().await;
    assert!(talk.help("").await.lines().count() > 10, "help is there from the beginning");
}

#[tokio::test]
async fn hosts_that_are_started_before_their_servers_say_so_and_come_up_by_themselves() {
    let stack = FullStack::fresh().await;
    let (mut mongo, mut postgres) = (Server::start(Kind::MongoDb).await, Server::start(Kind::Postgres).await);
    let urls = Urls { store: mongo.url(), views: postgres.url(), ..stack.urls };
    mongo.kill();
    postgres.kill();
    let mut commands = CommandHost::on(&urls, |_| {}).await;
    let mut queries = QueryHost::on(&urls, |_| {}).await;
    let mut projection = ProjectionHost::on(&urls, |_| {}).await;
    let (mut commander, mut asker) = (commands.talk().await, queries.talk().await);
    let post = command("CreatePost", Uuid::nil(), json!({ "text": "x" }));
    for _ in 0..3 {
        told_to_wait(&mut commander, post.clone(), "waits for the log").await;
        told_to_wait(&mut asker, query("RecentPosts", json!({})), "the read models").await;
    }
    projection.process.says("waiting for the log at mongodb://").await;
    mongo.restart().await;
    let reply = until("commands are carried out", async || {
        let reply = commander.call(&post).await;
        (reply["ok"] == true).then_some(reply)
    })
    .await;
    commands.process.says("no longer waiting for the log at mongodb://").await;
    projection.process.says("waiting for the read models: postgres://").await;
    postgres.restart().await;
    let fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
    until("queries are answered", async || (asker.call(&fresh).await["ok"] == true).then_some(())).await;
    for process in [&mut commands.process, &mut queries.process, &mut projection.process] {
        let said = process.said();
        assert!(said.lines().count() < 12, "few words: {said}");
        process.signal(Signal::TERM);
        assert_eq!(process.ended().await.code(), Some(0), "{}", process.said());
    }
}

#[tokio::test]
async fn a_signal_stops_hosts_that_wait() {
    let nowhere = "127.0.0.1:9";
    let urls = Urls {
        store: format!("mongodb://{nowhere}/tidings"),
        bus: "local".into(),
        views: format!("postgres://postgres@{nowhere}/tidings"),
    };
    let commands = CommandHost::on(&urls, |_| {}).await.process;
    let queries = QueryHost::on(&urls, |_| {}).await.process;
    let projection = ProjectionHost::on(&urls, |_| {}).await.process;
    for mut process in [commands, queries, projection] {
        process.says("waiting for ").await;
        let told = Instant::now();
        process.signal(Signal::INT);
        assert_eq!(process.ended().await.code(), Some(0), "{}", process.said());
        assert!(told.elapsed() < Duration::from_secs(5), "it ended after {:?}", told.elapsed());
    }
}
