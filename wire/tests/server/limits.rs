use std::time::Duration;

use tidings_wire::Limits;
use tokio::io::AsyncWriteExt;

use crate::support::{Script, Server, until, within};

#[tokio::test]
async fn a_connection_too_many_is_told_overloaded_and_closed() {
    let server = Server::start(Script::default(), Limits { connections: 2, ..Limits::default() }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.assert_alive().await;
    second.assert_alive().await;
    let mut third = server.connect().await;
    third.send("ping\n").await;
    let reply = third.reply().await;
    assert_eq!((&reply["error"]["code"], &reply["error"]["retry"]), (&"overloaded".into(), &true.into()));
    assert_eq!(third.rest().await, "");
    first.assert_alive().await;
    drop(second);
    // The place of the second is free as soon as the server has seen it go.
    within(async {
        loop {
            let mut next = server.connect().await;
            next.send("ping\n").await;
            if next.reply().await["ok"] == true {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_is_too_long_is_too_large_with_its_id_and_a_hint() {
    let mut client = Server::with_defaults().await.connect().await;
    client.send("{\"id\":\"p\",\"act\":\"echo\",\"size\":70000}\n").await;
    let reply = client.reply().await;
    assert_eq!((&reply["id"], &reply["error"]["code"]), (&"p".into(), &"too_large".into()));
    assert!(reply["error"]["message"].as_str().unwrap().ends_with("ask for a smaller page"), "{reply}");
    client.assert_alive().await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_closed_and_costs_nobody_else_anything() {
    let limits = Limits { write_time: Duration::from_millis(300), ..Limits::default() };
    let server = Server::start(Script::default(), limits).await;
    let (mut deaf, mut other) = (server.connect().await, server.connect().await);
    let line = b"{\"id\":1,\"act\":\"echo\",\"size\":60000}\n".repeat(100);
    let shouting = tokio::spawn(async move {
        // Ends when the server has closed the connection: nothing else ends it.
        while deaf.0.write_all(&line).await.is_ok() {}
    });
    for _ in 0..100 {
        other.assert_alive().await;
    }
    within(shouting).await.unwrap();
    other.assert_alive().await;
}

#[tokio::test]
async fn a_thousand_connections_that_send_a_byte_at_a_time_do_not_hold_up_one_that_is_served() {
    let server = Server::start(Script::default(), Limits { connections: 1_001, ..Limits::default() }).await;
    let mut slow = Vec::new();
    for _ in 0..1_000 {
        slow.push(server.connect().await);
    }
    let mut prompt = server.connect().await;
    for byte in b"{\"id\":1" {
        for client in &mut slow {
            client.send([*byte]).await;
        }
        within(prompt.assert_alive()).await;
    }
    // Each of them is served still.
    for client in &mut slow {
        client.send(",\"act\":\"echo\"}\n").await;
    }
    for client in &mut slow {
        assert_eq!(client.reply().await["ok"], true);
    }
}

#[tokio::test]
async fn one_who_floods_does_not_starve_the_others() {
    let server = Server::with_defaults().await;
    let (flood, mut other) = (server.connect().await, server.connect().await);
    let (mut read, mut write) = tokio::io::split(flood.0.into_inner());
    let flooding = tokio::spawn(async move {
        let lines = b"{\"id\":1,\"act\":\"echo\"}\n".repeat(1_000);
        while write.write_all(&lines).await.is_ok() {}
    });
    let reading = tokio::spawn(async move { tokio::io::copy(&mut read, &mut tokio::io::sink()).await });
    let served = || server.service.first_polls.lock().unwrap().len();
    until(|| served() > 10_000).await;
    let mut most = 0;
    for _ in 0..50 {
        let before = served();
        other.assert_alive().await;
        most = most.max(served() - before);
    }
    flooding.abort();
    reading.abort();
    // A turn of a connection is at most 64 requests; tokio looks at the sockets every 61 turns, here twice.
    assert!(most < 16_000, "{most} requests of another client came before one ping");
}

#[tokio::test]
async fn a_server_with_enough_to_do_answers_overloaded_at_once_and_serves_again_when_it_has_less() {
    for limits in [
        Limits { requests: 3, ..Limits::default() },
        // A line is let in as long as those before it are below the limit.
        Limits { request_bytes: 60, ..Limits::default() },
    ] {
        let server = Server::start(Script::gated(), limits).await;
        let (mut one, mut other) = (server.connect().await, server.connect().await);
        one.send("{\"id\":1,\"act\":\"wait\"}\n{\"id\":2,\"act\":\"wait\"}\n").await;
        until(|| server.service.running() == 2).await;
        other.send("{\"id\":3,\"act\":\"wait\"}\n").await;
        until(|| server.service.running() == 3).await;
        other.send("{\"id\":4,\"act\":\"wait\"}\n").await;
        let reply = other.reply().await;
        assert_eq!((&reply["id"], &reply["error"]["code"]), (&4.into(), &"overloaded".into()), "{limits:?}");
        assert_eq!(reply["error"]["retry"], true);
        other.assert_alive().await;
        server.service.open_gate(4);
        for _ in 0..2 {
            assert_eq!(one.reply().await["ok"], true);
        }
        assert_eq!(other.reply().await["id"], 3);
        other.send("{\"id\":5,\"act\":\"wait\"}\n").await;
        assert_eq!(other.reply().await["ok"], true);
    }
}
