use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn ping_is_answered_in_any_case_and_with_either_line_end() {
    let mut client = Server::with_defaults().await.connect().await;
    client.send("ping\nPING\r\n  Ping \n").await;
    for _ in 0..3 {
        assert_eq!(client.reply().await, json!({ "ok": true, "pong": true }));
    }
}

#[tokio::test]
async fn help_is_plain_text_of_the_service() {
    let mut client = Server::with_defaults().await.connect().await;
    client.send("help\nHELP CreatePost\n").await;
    for line in ["help on everything", "and more", "help on CreatePost", "and more"] {
        assert_eq!(client.text().await, line);
    }
}

#[tokio::test]
async fn blank_lines_are_passed_over() {
    let mut client = Server::with_defaults().await.connect().await;
    client.send("\n\r\n \t \n").await;
    client.assert_alive().await;
}

#[tokio::test]
async fn what_a_web_browser_sends_is_not_carried_out() {
    let server = Server::with_defaults().await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n{\"id\":1,\"act\":\"echo\"}\n").await;
    assert_eq!(client.code().await, "malformed");
    assert_eq!(client.rest().await, "");
    assert!(server.service.first_polls.lock().unwrap().is_empty());
}
