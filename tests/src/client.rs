//! A client that fails the test where a host says what it should not.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tidings_wire::Client;
use tokio::time::timeout;

use crate::LIMIT;

/// A command as a line.
pub fn command(name: &str, actor: impl ToString, data: Value) -> Value {
    json!({ "command": name, "actor": actor.to_string(), "data": data })
}

/// A query as a line.
pub fn query(name: &str, data: Value) -> Value {
    json!({ "query": name, "data": data })
}

/// A query as a line, which waits for a read model that has seen these positions, however busy the machine is.
pub fn query_after(name: &str, data: Value, after: Value) -> Value {
    json!({ "query": name, "data": data, "after": after, "wait_ms": 20_000 })
}

/// A connection on which lines are answered one by one.
pub struct Talk(Client);

impl Talk {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn to(address: SocketAddr) -> Self {
        Self(Client::connect(address).await.unwrap())
    }

    /// Sends a line as it stands and waits for one reply.
    ///
    /// # Panics
    /// When there is none.
    pub async fn line(&mut self, line: &str) -> Value {
        let reply = timeout(LIMIT, self.0.call(line)).await;
        reply.unwrap_or_else(|_| panic!("no reply to {line:.200}")).unwrap()
    }

    /// As [`line`](Self::line), but the reply stays as it was written.
    ///
    /// # Panics
    /// When there is none.
    pub async fn text(&mut self, line: &str) -> String {
        self.0.send(line).await.unwrap();
        let reply = timeout(LIMIT, self.0.next_reply()).await;
        let reply = reply.unwrap_or_else(|_| panic!("no reply to {line:.200}")).unwrap();
        reply.unwrap_or_else(|| panic!("the connection was closed at {line:.200}"))
    }

    /// Sends a request and waits for its reply.
    ///
    /// # Panics
    /// When there is none.
    pub async fn call(&mut self, request: &Value) -> Value {
        self.line(&request.to_string()).await
    }

    /// As [`call`](Self::call), and the reply is no refusal.
    ///
    /// # Panics
    /// When it is.
    pub async fn ok(&mut self, request: &Value) -> Value {
        let reply = self.call(request).await;
        assert_eq!(reply["ok"], true, "{request} was answered {reply}");
        reply
    }

    /// As [`call`](Self::call), and the reply is a refusal, which is given.
    ///
    /// # Panics
    /// When it is not.
    pub async fn refusal(&mut self, request: &Value) -> Value {
        let reply = self.call(request).await;
        assert_eq!(reply["ok"], false, "{request} was answered {reply}");
        reply["error"].clone()
    }

    /// Whether the connection works.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ping(&mut self) {
        assert_eq!(self.line("ping").await["pong"], true);
    }

    /// What `help` and a word print: lines up to the last that comes before the answer to a ping.
    ///
    /// # Panics
    /// When the connection fails.
    pub async fn help(&mut self, topic: &str) -> String {
        self.0.send(&format!("help {topic}")).await.unwrap();
        self.0.send("ping").await.unwrap();
        let mut text = String::new();
        loop {
            let line = timeout(LIMIT, self.0.next_reply()).await.unwrap().unwrap().unwrap();
            if line.contains("\"pong\"") {
                return text;
            }
            text.push_str(&line);
            text.push('\n');
        }
    }

    /// The client itself, to pipeline.
    pub fn into_client(self) -> Client {
        self.0
    }
}
