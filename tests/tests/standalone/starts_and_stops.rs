use std::time::Duration;

use serde_json::json;
use tidings_tests::{Ledger, Signal, Tidings, audit, command, folder, query_after, until};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// Ctrl-C, SIGTERM, and again: each start goes on from where the last one stopped.
#[tokio::test]
async fn a_signal_stops_it_cleanly_and_the_next_start_goes_on() {
    let (data, mut ledger, ada) = (folder(), Ledger::default(), Uuid::now_v7());
    for (number, signal) in (1..).zip([Signal::INT, Signal::TERM, Signal::INT]) {
        let mut tidings = Tidings::start(data.path()).await;
        let reply =
            tidings.commander().await.ok(&command("CreatePost", ada, json!({ "text": "more" }))).await;
        ledger.note(&reply);
        let query = query_after("PostsByAuthor", json!({ "author": ada }), json!([reply["at"]]));
        let posts = tidings.asker().await.ok(&query).await;
        assert_eq!(posts["data"].as_array().map(Vec::len), Some(number), "{posts}");
        tidings.process.signal(signal);
        let status = tidings.process.ended().await;
        assert_eq!(status.code(), Some(0), "{signal:?}: {status}");
        let said = tidings.process.said();
        assert!(said.contains("stopped; all that was acknowledged is in"), "{said}");
    }
    let (log, _) = audit(data.path(), &ledger).await;
    assert_eq!(log.len(), 3);
}

/// What was begun before the signal is finished and answered; then the connection is closed.
#[tokio::test]
async fn what_is_in_flight_when_it_is_told_to_stop_is_answered() {
    let (data, mut ledger, ada) = (folder(), Ledger::default(), Uuid::now_v7());
    let mut tidings = Tidings::start(data.path()).await;
    let mut client = tidings.commander().await.into_client();
    let started = client.call("ping").await.unwrap();
    assert_eq!(started["pong"], true);
    let (mut sender, mut receiver) = client.split();
    for number in 0..500 {
        let line = command("CreatePost", ada, json!({ "text": format!("post {number}") }));
        sender.send(&line.to_string()).await.unwrap();
    }
    sender.flush().await.unwrap();
    let first = receiver.next_reply().await.unwrap().unwrap();
    ledger.note(&serde_json::from_str(&first).unwrap());
    tidings.process.signal(Signal::INT);
    while let Some(reply) = receiver.next_reply().await.unwrap() {
        ledger.note(&serde_json::from_str(&reply).unwrap());
    }
    assert_eq!(tidings.process.ended().await.code(), Some(0));
    let again = Tidings::start(data.path()).await;
    let (log, _) = audit(data.path(), &ledger).await;
    assert_eq!(log.len(), ledger.count(), "nothing was carried out whose reply was cut off");
    drop(again);
}

#[tokio::test]
async fn a_signal_that_comes_while_it_starts_stops_it_too() {
    let data = folder();
    let mut tidings = Tidings::start(data.path()).await;
    // Not one byte was exchanged: the signal may come before anything runs.
    tidings.process.signal(Signal::INT);
    assert_eq!(tidings.process.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_query_that_waits_for_what_never_comes_does_not_hold_up_the_stop() {
    let data = folder();
    let mut tidings = Tidings::start(data.path()).await;
    let mut client = tidings.asker().await.into_client();
    client.send(r#"{"query":"RecentPosts","after":["0:99"],"wait_ms":60000}"#).await.unwrap();
    client.send("ping").await.unwrap();
    assert!(client.next_reply().await.unwrap().unwrap().contains("pong"));
    let told = Instant::now();
    tidings.process.signal(Signal::INT);
    let reply = client.next_reply().await.unwrap().unwrap();
    assert!(reply.contains(r#""code":"unavailable""#) && reply.contains(r#""retry":true"#), "{reply}");
    assert_eq!(tidings.process.ended().await.code(), Some(0));
    let took = told.elapsed();
    assert!(took < Duration::from_secs(8), "a drain may take 10 s; this took {took:?}");
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_clients() {
    let data = folder();
    let mut tidings = Tidings::start(data.path()).await;
    let mut commander = tidings.commander().await;
    for _ in 0..20 {
        commander.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "x".repeat(2_000) }))).await;
    }
    // This reads nothing of what it asks for: the host has replies to send for as long as it drains.
    let mut deaf = tokio::net::TcpStream::connect(tidings.queries).await.unwrap();
    let lines = "{\"query\":\"RecentPosts\",\"data\":{\"limit\":20}}\n".repeat(1_000);
    while timeout(Duration::from_secs(3), deaf.write_all(lines.as_bytes())).await.is_ok() {}
    tidings.process.signal(Signal::INT);
    // It no longer takes connections: the first signal was heard.
    let address = tidings.commands;
    until("it takes no connection", async || {
        tokio::net::TcpStream::connect(address).await.is_err().then_some(())
    })
    .await;
    tidings.process.signal(Signal::INT);
    assert_eq!(tidings.process.ended().await.code(), Some(130));
}
