use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_tests::{LIMIT, Ledger, Talk, Tidings, audit, command, folder, query_after};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

/// A host that is sent bad input, and somebody who goes on using it meanwhile.
pub struct Host {
    pub tidings: Tidings,
    pub ledger: Ledger,
    pub ada: Uuid,
    bystander: (Talk, Talk),
    data: TempDir,
}

impl Host {
    pub async fn start() -> Self {
        let data = folder();
        let tidings = Tidings::start(data.path()).await;
        let bystander = (tidings.commander().await, tidings.asker().await);
        Self { tidings, ledger: Ledger::default(), ada: Uuid::now_v7(), bystander, data }
    }

    /// A good command is carried out.
    pub async fn give(&mut self, actor: Uuid, name: &str, data: Value) -> Value {
        let reply = self.bystander.0.ok(&command(name, actor, data)).await;
        self.ledger.note(&reply);
        reply
    }

    /// A command is refused, and nothing else on the connection or beside it is; code and reason.
    pub async fn refuses(&mut self, actor: Uuid, name: &str, data: Value) -> (String, String) {
        let mut talk = self.tidings.commander().await;
        let error = talk.refusal(&command(name, actor, data)).await;
        talk.ping().await;
        self.others_go_on().await;
        (text(&error["code"]), text(&error["reason"]))
    }

    /// Sends bytes, with an end of line after them, and gives the error that comes back. The same connection and
    /// others go on.
    pub async fn error_of(&mut self, address: SocketAddr, bytes: &[u8]) -> Value {
        let mut raw = Raw::connect(address).await;
        raw.send(bytes).await;
        raw.send(b"\n").await;
        let reply = raw.reply().await.unwrap();
        assert_eq!(reply["ok"], false, "{reply}");
        raw.send(b"ping\n").await;
        let message = reply["error"]["message"].as_str().unwrap();
        assert!(!message.is_empty());
        for rust in ["i64", "u64", "u32", "u16", "struct", "invalid type", "sequence", "borrowed"] {
            assert!(!message.contains(rust), "this speaks of Rust: {message}");
        }
        assert_eq!(raw.reply().await.unwrap()["pong"], true, "the same connection goes on");
        self.others_go_on().await;
        reply["error"].clone()
    }

    /// Somebody else writes and reads as ever.
    pub async fn others_go_on(&mut self) {
        let text = format!("post {}", self.ledger.count());
        let reply = self.give(self.ada, "CreatePost", json!({ "text": text })).await;
        let id = reply["stream"].as_str().unwrap().strip_prefix("post-").unwrap().to_owned();
        let query = query_after("PostById", json!({ "post": id }), json!([reply["at"]]));
        assert_eq!(self.bystander.1.ok(&query).await["data"]["text"], json!(text));
    }

    /// The log holds exactly what was acknowledged, and all is as it should be.
    pub async fn holds_only_what_was_acknowledged(mut self) {
        let (log, _) = audit(self.data.path(), &self.ledger).await;
        assert_eq!(log.len(), self.ledger.count());
        self.tidings.process.kill();
    }
}

/// Code and field of an error; empty where it has none.
pub fn code_and_field(error: &Value) -> (String, String) {
    (text(&error["code"]), text(&error["field"]))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A connection that takes any bytes.
pub struct Raw(pub BufReader<TcpStream>);

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    /// A reply; none where the host closed the connection.
    pub async fn reply(&mut self) -> Option<Value> {
        let mut line = String::new();
        timeout(LIMIT, self.0.read_line(&mut line)).await.expect("a reply").unwrap();
        if line.is_empty() { None } else { Some(serde_json::from_str(&line).unwrap()) }
    }

    /// Says that nothing more comes, and gives all that still comes back.
    pub async fn finish(mut self) -> String {
        self.0.get_mut().shutdown().await.unwrap();
        let mut rest = String::new();
        timeout(LIMIT, self.0.read_to_string(&mut rest)).await.expect("the host closes").unwrap();
        rest
    }
}
