use std::fmt::Write;
use std::sync::atomic::Ordering;

use tidings_wire::Limits;

use crate::support::{Script, Server, until};

fn lines(count: usize, act: impl Fn(usize) -> &'static str) -> String {
    (0..count).fold(String::new(), |mut lines, n| {
        let _ = writeln!(lines, r#"{{"id":{n},"act":"{}"}}"#, act(n));
        lines
    })
}

#[tokio::test]
async fn requests_are_begun_in_the_order_of_their_lines() {
    let server = Server::with_defaults().await;
    let client = server.connect().await;
    let lines = lines(3_000, |n| if n % 3 == 0 { "yield" } else { "echo" });
    let (read, mut write) = tokio::io::split(client.0);
    let sending = tokio::spawn(async move {
        // In pieces that end anywhere.
        for piece in lines.as_bytes().chunks(997) {
            tokio::io::AsyncWriteExt::write_all(&mut write, piece).await.unwrap();
        }
        write
    });
    let mut replies = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(read));
    for _ in 0..3_000 {
        replies.next_line().await.unwrap().unwrap();
    }
    sending.await.unwrap();
    let expected: Vec<String> = (0..3_000).map(|n| n.to_string()).collect();
    assert_eq!(*server.service.first_polls.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_reply_does_not_wait_for_those_before_it() {
    let server = Server::start(Script::gated(), Limits::default()).await;
    let mut client = server.connect().await;
    client.send("{\"id\":1,\"act\":\"wait\"}\n{\"id\":2,\"act\":\"echo\"}\n").await;
    assert_eq!(client.reply().await["id"], 2);
    server.service.open_gate(1);
    assert_eq!(client.reply().await["id"], 1);
}

#[tokio::test]
async fn no_more_requests_are_begun_than_the_connection_may_have_in_flight() {
    let limits = Limits { in_flight: 4, ..Limits::default() };
    let server = Server::start(Script::gated(), limits).await;
    let mut client = server.connect().await;
    client.send(lines(40, |_| "wait")).await;
    until(|| server.service.running() == 4).await;
    for _ in 0..40 {
        server.service.open_gate(1);
        client.reply().await;
    }
    assert_eq!(server.service.most_running.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn long_lines_in_flight_are_bounded_by_their_bytes() {
    let limits = Limits { in_flight_bytes: 1_000, ..Limits::default() };
    let server = Server::start(Script::gated(), limits).await;
    let mut client = server.connect().await;
    let spaces = " ".repeat(400);
    client.send(lines(12, |_| "wait").replace("}\n", &format!("{spaces}}}\n"))).await;
    until(|| server.service.running() == 3).await;
    for _ in 0..12 {
        server.service.open_gate(1);
        client.reply().await;
    }
    assert_eq!(server.service.most_running.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn requests_in_flight_are_bounded_by_the_replies_that_they_will_get() {
    let server = Server::start(Script::gated(), Limits::default()).await;
    let mut client = server.connect().await;
    // Nobody knows yet how long they will be.
    let long = "{\"id\":1,\"act\":\"wait\",\"size\":50000}\n";
    client.send(long.repeat(100)).await;
    until(|| server.service.running() == 32).await;
    server.service.open_gate(32);
    for _ in 0..32 {
        client.reply().await;
    }
    // Now it is known: some ten fill the 512 KiB that a connection may hold.
    until(|| server.service.running() == 11).await;
    server.service.open_gate(68);
    for _ in 0..68 {
        client.reply().await;
    }
}

#[tokio::test]
async fn what_was_asked_before_the_client_said_its_last_is_answered() {
    let server = Server::start(Script::gated(), Limits::default()).await;
    let mut client = server.connect().await;
    client.send(lines(3, |_| "wait")).await;
    client.end().await;
    until(|| server.service.running() == 3).await;
    server.service.open_gate(3);
    assert_eq!(client.rest().await.lines().count(), 3);
}

#[tokio::test]
async fn a_request_begun_is_finished_though_its_client_has_gone() {
    let server = Server::start(Script::gated(), Limits::default()).await;
    let mut client = server.connect().await;
    client.send(lines(5, |_| "wait")).await;
    until(|| server.service.running() == 5).await;
    // A close over unread bytes is a reset, so the server cannot take it for a client that still reads.
    client.send("ping\n").await;
    client.0.get_ref().readable().await.unwrap();
    drop(client);
    server.service.open_gate(5);
    until(|| server.service.finished.load(Ordering::SeqCst) == 5).await;
}
