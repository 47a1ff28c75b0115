use serde_json::json;
use tidings_tests::command;

use crate::host::{Host, Raw, code_and_field};

/// The hosts for commands and for queries read lines alike.
const HOSTS: [&str; 2] = ["commands", "queries"];

fn address(host: &Host, name: &str) -> std::net::SocketAddr {
    if name == "commands" { host.tidings.commands } else { host.tidings.queries }
}

fn malformed(field: &str) -> (String, String) {
    ("malformed".into(), field.into())
}

#[tokio::test]
async fn an_empty_line_is_passed_over() {
    let mut host = Host::start().await;
    for name in HOSTS {
        let mut raw = Raw::connect(address(&host, name)).await;
        raw.send(b"\n\r\n   \t \nping\n").await;
        assert_eq!(raw.reply().await.unwrap()["pong"], true);
    }
    host.others_go_on().await;
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn rubbish_is_malformed() {
    let mut host = Host::start().await;
    let every_byte: Vec<u8> = (0..=255).filter(|byte| *byte != b'\n').collect();
    for name in HOSTS {
        for bytes in [
            &every_byte[..],
            b"\0\0\0\0",
            b"\x1f\x8b\x08\0",
            b"hello",
            b"7",
            b"[1,2]",
            b"\"text\"",
            b"{",
            b"}{",
        ] {
            let error = host.error_of(address(&host, name), bytes).await;
            assert_eq!(code_and_field(&error), malformed(""), "{name}: {bytes:?}");
        }
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn invalid_utf_8_is_malformed_and_tells_where() {
    let mut host = Host::start().await;
    let mut line = command("CreatePost", host.ada, json!({ "text": "caf?" })).to_string().into_bytes();
    let place = line.iter().position(|byte| *byte == b'?').unwrap();
    line[place] = 0xe9;
    let error = host.error_of(host.tidings.commands, &line).await;
    assert_eq!(code_and_field(&error), malformed(""));
    assert_eq!(error["message"], json!(format!("the line is not UTF-8 from byte {} on", place + 1)));
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn deep_nesting_is_an_error_wherever_it_stands() {
    let mut host = Host::start().await;
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    for nested in [&deep, &objects] {
        let in_data = format!(r#"{{"command":"CreatePost","actor":"{}","data":{nested}}}"#, host.ada);
        let in_text =
            format!(r#"{{"command":"CreatePost","actor":"{}","data":{{"text":{nested}}}}}"#, host.ada);
        for (line, field) in [(in_data, "data"), (in_text, "data")] {
            let error = host.error_of(host.tidings.commands, line.as_bytes()).await;
            assert_eq!(code_and_field(&error), ("invalid".into(), field.into()), "{error}");
        }
        let in_envelope = format!(r#"{{"command":{nested}}}"#);
        let error = host.error_of(host.tidings.commands, in_envelope.as_bytes()).await;
        assert_eq!(code_and_field(&error), malformed(""), "{error}");
        let asked = format!(r#"{{"query":"RecentPosts","data":{nested}}}"#);
        let error = host.error_of(host.tidings.queries, asked.as_bytes()).await;
        assert_eq!(code_and_field(&error), ("invalid".into(), "data".into()), "{error}");
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_line_of_100_mb_is_too_large_and_is_not_held_in_memory() {
    let mut host = Host::start().await;
    host.others_go_on().await;
    let before = host.tidings.process.resident_kib();
    for name in HOSTS {
        let mut raw = Raw::connect(address(&host, name)).await;
        let chunk = vec![b'a'; 1 << 20];
        for _ in 0..100 {
            raw.send(&chunk).await;
        }
        raw.send(b"\nping\n").await;
        let reply = raw.reply().await.unwrap();
        assert_eq!(reply["error"]["code"], "too_large", "{reply}");
        assert_eq!(raw.reply().await.unwrap()["pong"], true, "the same connection goes on");
    }
    let grown = host.tidings.process.resident_kib().saturating_sub(before);
    assert!(grown < 16 << 10, "200 MB of lines left {grown} KiB in memory");
    host.others_go_on().await;
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_line_of_one_byte_too_many_is_too_large_and_one_of_the_limit_is_read() {
    let mut host = Host::start().await;
    let line = |text: usize| {
        command("CreatePost", uuid::Uuid::nil(), json!({ "text": "a".repeat(text) })).to_string()
    };
    let envelope = line(0).len();
    let error = host.error_of(host.tidings.commands, line(65_537 - envelope).as_bytes()).await;
    assert_eq!(error["code"], "too_large");
    let error = host.error_of(host.tidings.commands, line(65_536 - envelope).as_bytes()).await;
    assert_eq!(error["reason"], "text_too_long", "it was read, and its text is refused: {error}");
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn half_a_line_and_a_close_does_nothing() {
    let mut host = Host::start().await;
    // It is whole but for its end: who closed may not have meant it.
    let line = command("CreatePost", host.ada, json!({ "text": "never" })).to_string();
    for part in [&line[..], &line[..line.len() / 2], "{"] {
        let mut raw = Raw::connect(host.tidings.commands).await;
        raw.send(part.as_bytes()).await;
        let rest = raw.finish().await;
        assert!(rest.contains(r#""code":"malformed""#) && rest.contains("ended inside a line"), "{rest}");
        let mut gone = Raw::connect(host.tidings.commands).await;
        gone.send(part.as_bytes()).await;
        drop(gone);
    }
    host.others_go_on().await;
    host.holds_only_what_was_acknowledged().await;
}
