use serde_json::json;

use crate::support::{Server, until};

/// Sends one bad line; its reply's id, code and field. The connection must go on.
async fn refusal(line: impl AsRef<[u8]>) -> (serde_json::Value, String, Option<String>) {
    let mut client = Server::with_defaults().await.connect().await;
    client.send(line).await;
    client.send("\n").await;
    let reply = client.reply().await;
    client.assert_alive().await;
    assert_eq!(reply["ok"], false);
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    (reply["id"].clone(), text(&reply["error"]["code"]).unwrap(), text(&reply["error"]["field"]))
}

#[tokio::test]
async fn rubbish_is_malformed() {
    let null = json!(null);
    for line in [&b"hello"[..], b"[1,2]", b"7", b"\"text\"", b"\x00\x01\x02", b"\xff\xfe\xfd", b"help me now"]
    {
        assert_eq!(refusal(line).await, (null.clone(), "malformed".into(), None), "{line:?}");
    }
}

#[tokio::test]
async fn broken_json_is_malformed_and_carries_the_id_that_was_readable() {
    assert_eq!(refusal(r#"{"id":7,"act":"echo""#).await, (json!(7), "malformed".into(), None));
    assert_eq!(refusal(r#"{"id":"a","act":echo}"#).await, (json!("a"), "malformed".into(), None));
    assert_eq!(refusal("{").await, (json!(null), "malformed".into(), None));
    assert_eq!(refusal(r#"{"id":7,"act":"echo"} {"id":8}"#).await.1, "malformed");
}

#[tokio::test]
async fn invalid_utf_8_inside_json_is_malformed_and_tells_where() {
    let mut client = Server::with_defaults().await.connect().await;
    client.send(b"{\"id\":1,\"act\":\"\xc3\x28\"}\n").await;
    let reply = client.reply().await;
    assert_eq!(reply["error"]["code"], "malformed");
    assert_eq!(reply["error"]["message"], "the line is not UTF-8 from byte 16 on");
}

#[tokio::test]
async fn a_nul_byte_inside_json_is_malformed() {
    assert_eq!(refusal(b"{\"id\":1,\"act\":\"a\0b\"}").await, (json!(1), "malformed".into(), None));
}

#[tokio::test]
async fn deep_nesting_is_malformed_and_costs_no_stack() {
    let deep = format!(r#"{{"id":1,"act":{}{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(refusal(&deep).await, (json!(1), "malformed".into(), None));
    let open = format!(r#"{{"id":1,"act":{}"#, "{\"a\":".repeat(10_000));
    assert_eq!(refusal(&open).await.1, "malformed");
}

#[tokio::test]
async fn a_field_that_is_wrong_is_invalid_and_named() {
    let invalid = |field: &str| (json!(1), "invalid".to_owned(), Some(field.to_owned()));
    assert_eq!(refusal(r#"{"id":1,"act":"echo","siez":3}"#).await, invalid("siez"));
    assert_eq!(refusal(r#"{"id":1}"#).await, invalid("act"));
    assert_eq!(refusal(r#"{"id":1,"act":7}"#).await, invalid("act"));
    assert_eq!(refusal(r#"{"id":1,"act":"echo","size":-1}"#).await, invalid("size"));
    assert_eq!(refusal(r#"{"id":1,"act":"echo","act":"echo"}"#).await.1, "invalid");
}

#[tokio::test]
async fn an_id_that_is_no_scalar_or_too_long_is_invalid_and_not_echoed() {
    let null = json!(null);
    let invalid = (null, "invalid".to_owned(), Some("id".to_owned()));
    assert_eq!(refusal(r#"{"id":{"a":1},"act":"echo"}"#).await, invalid);
    assert_eq!(refusal(r#"{"id":[1],"act":"echo"}"#).await, invalid);
    assert_eq!(refusal(format!(r#"{{"id":"{}","act":"echo"}}"#, "x".repeat(127))).await, invalid);
}

#[tokio::test]
async fn any_scalar_id_comes_back_as_it_was_written() {
    let mut client = Server::with_defaults().await.connect().await;
    for id in ["1", "-1.50e3", "\"\\u00e9 \\\"\"", "true", "null", "18446744073709551616"] {
        client.send(format!("{{\"id\": {id} ,\"act\":\"echo\"}}\n")).await;
        assert_eq!(client.text().await, format!(r#"{{"id":{id},"ok":true,"act":"echo","data":""}}"#));
    }
    client.send("{\"act\":\"echo\"}\n").await;
    assert_eq!(client.text().await, r#"{"ok":true,"act":"echo","data":""}"#);
}

#[tokio::test]
async fn a_line_that_is_too_long_is_answered_once_and_the_next_one_is_served() {
    let mut client = Server::with_defaults().await.connect().await;
    client.send(vec![b'x'; 65_537]).await;
    client.send(vec![b'y'; 400_000]).await;
    client.send("\n").await;
    assert_eq!(client.code().await, "too_large");
    client.assert_alive().await;
}

#[tokio::test]
async fn a_line_of_exactly_64_kib_is_served() {
    let mut client = Server::with_defaults().await.connect().await;
    let mut line = br#"{"id":1,"act":"echo"}"#.to_vec();
    line.resize(65_536, b' ');
    client.send(&line).await;
    client.send("\r\n").await;
    assert_eq!(client.reply().await["id"], 1);
}

#[tokio::test]
async fn half_a_line_and_then_the_end_is_malformed() {
    let server = Server::with_defaults().await;
    let mut client = server.connect().await;
    client.send("{\"id\":1,\"act\":\"echo\"}\n{\"id\":2,").await;
    client.end().await;
    assert_eq!(client.reply().await["id"], 1);
    assert_eq!(client.code().await, "malformed");
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_close_inside_a_line_costs_nobody_else_anything() {
    let server = Server::with_defaults().await;
    for _ in 0..50 {
        server.connect().await.send("{\"id\":1,").await;
    }
    server.connect().await.assert_alive().await;
}

#[tokio::test]
async fn a_panic_costs_only_its_own_request() {
    let server = Server::start(crate::support::Script::gated(), Default::default()).await;
    let mut client = server.connect().await;
    client.send("{\"id\":1,\"act\":\"wait\"}\n{\"id\":2,\"act\":\"panic\"}\n").await;
    let reply = client.reply().await;
    assert_eq!((&reply["id"], &reply["error"]["code"]), (&json!(2), &json!("unavailable")));
    until(|| server.service.running() >= 1).await;
    server.service.open_gate(1);
    assert_eq!(client.reply().await["id"], 1);
    client.assert_alive().await;
}
