use std::time::Duration;

use serde_json::json;
use tidings_tests::{Process, Tidings, command, folder};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::host::{Host, Raw};

/// How long somebody else's request may take while others misbehave: far less than their time-outs.
const PROMPT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_client_that_never_reads_is_made_to_wait_and_holds_up_nobody() {
    let mut host = Host::start().await;
    for _ in 0..20 {
        host.give(host.ada, "CreatePost", json!({ "text": "x".repeat(2_000) })).await;
    }
    let before = host.tidings.process.resident_kib();
    let mut deaf = TcpStream::connect(host.tidings.queries).await.unwrap();
    let lines = "{\"query\":\"RecentPosts\",\"data\":{\"limit\":20}}\n".repeat(1_000);
    let mut sent = 0;
    // It asks for some 40 KB a line until the host takes no more.
    while timeout(Duration::from_secs(2), deaf.write_all(lines.as_bytes())).await.is_ok() {
        sent += lines.len();
        assert!(sent < 100 << 20, "the host takes lines without end");
    }
    let grown = host.tidings.process.resident_kib().saturating_sub(before);
    assert!(grown < 32 << 10, "what is not read costs {grown} KiB");
    let start = Instant::now();
    host.others_go_on().await;
    assert!(start.elapsed() < PROMPT, "others wait {:?}", start.elapsed());
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_thousand_connections_that_send_a_byte_a_second_hold_up_nobody() {
    let mut host = Host::start().await;
    let line = command("CreatePost", host.ada, json!({ "text": "slow" })).to_string();
    let mut slow = Vec::new();
    for _ in 0..1_000 {
        slow.push(TcpStream::connect(host.tidings.commands).await.unwrap());
    }
    for byte in line.as_bytes().iter().take(4) {
        for connection in &mut slow {
            connection.write_all(&[*byte]).await.unwrap();
        }
        let round = Instant::now();
        while round.elapsed() < Duration::from_secs(1) {
            let start = Instant::now();
            host.others_go_on().await;
            let mut prompt = Raw::connect(host.tidings.commands).await;
            prompt.send(b"ping\n").await;
            assert_eq!(prompt.reply().await.unwrap()["pong"], true);
            assert!(start.elapsed() < PROMPT, "others wait {:?}", start.elapsed());
        }
    }
    // They are still served: one of them ends its line.
    let mut patient = slow.pop().unwrap();
    patient.write_all(&line.as_bytes()[4..]).await.unwrap();
    patient.write_all(b"\n").await.unwrap();
    let mut patient = Raw(tokio::io::BufReader::new(patient));
    host.ledger.note(&patient.reply().await.unwrap());
    drop(slow);
    host.others_go_on().await;
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_connection_beyond_the_limit_is_told_to_come_back() {
    let mut host = Host::start().await;
    // Two are the bystander's: one for each port.
    let mut held = Vec::new();
    for _ in 0..1_023 {
        held.push(TcpStream::connect(host.tidings.commands).await.unwrap());
    }
    let mut last = Raw(tokio::io::BufReader::new(held.pop().unwrap()));
    last.send(b"ping\n").await;
    assert_eq!(last.reply().await.unwrap()["pong"], true, "the last within the limit is served");
    let mut refused = Raw::connect(host.tidings.commands).await;
    let reply = refused.reply().await.unwrap();
    assert_eq!([&reply["error"]["code"], &reply["error"]["retry"]], [&json!("overloaded"), &json!(true)]);
    assert_eq!(refused.reply().await, None, "and closed");
    host.others_go_on().await;
    drop(held);
    host.others_go_on().await;
    host.holds_only_what_was_acknowledged().await;
}

/// A host that may open so many files: a soft limit, which a process may raise itself, or a hard one.
async fn with_files(limit: &str) -> (tempfile::TempDir, Tidings) {
    let data = folder();
    let tidings = Tidings::command(data.path());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!(r#"ulimit {limit} && exec "$0" "$@""#)]);
    shell.arg(tidings.get_program()).args(tidings.get_args());
    let tidings = Tidings::up(Process::start(shell)).await;
    (data, tidings)
}

#[tokio::test]
async fn a_low_soft_limit_of_open_files_does_not_limit_connections() {
    let (_data, tidings) = with_files("-S -n 256").await;
    let mut open = Vec::new();
    for _ in 0..600 {
        let mut raw = Raw::connect(tidings.commands).await;
        raw.send(b"ping\n").await;
        assert_eq!(raw.reply().await.unwrap()["pong"], true);
        open.push(raw);
    }
}

#[tokio::test]
async fn at_a_hard_limit_of_open_files_those_who_are_connected_go_on_and_others_wait() {
    let (_data, tidings) = with_files("-n 128").await;
    let mut commander = tidings.commander().await;
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(TcpStream::connect(tidings.commands).await.unwrap());
    }
    for _ in 0..10 {
        commander.ok(&command("CreatePost", uuid::Uuid::nil(), json!({ "text": "x" }))).await;
    }
    let mut waits = Raw::connect(tidings.commands).await;
    waits.send(b"ping\n").await;
    drop(open);
    assert_eq!(waits.reply().await.unwrap()["pong"], true, "it is its turn");
    commander.ping().await;
}

#[tokio::test]
async fn connections_that_are_closed_leave_nothing_open() {
    let mut host = Host::start().await;
    host.others_go_on().await;
    let before = host.tidings.process.open_files();
    for _ in 0..2 {
        let mut open = Vec::new();
        for _ in 0..256 {
            let mut raw = Raw::connect(host.tidings.commands).await;
            raw.send(b"ping\n").await;
            assert_eq!(raw.reply().await.unwrap()["pong"], true);
            open.push(raw);
        }
        assert!(host.tidings.process.open_files() >= before + 256);
        drop(open);
        let process = &host.tidings.process;
        tidings_tests::until("files are closed", async || (process.open_files() <= before).then_some(()))
            .await;
    }
    host.others_go_on().await;
    host.holds_only_what_was_acknowledged().await;
}
