//! Read your writes, as one client sees it: a command, and a query that must show it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use crate::{Failure, event};

/// A client of a command host and a query host.
pub(crate) struct Probe {
    commands: Connection,
    queries: Connection,
}

/// How long a query may wait before its answer is `not_yet`, which ends the measurement.
const WAIT_MS: u64 = 20_000;

impl Probe {
    pub(crate) fn to(commands: SocketAddr, queries: SocketAddr) -> Result<Self, Failure> {
        Ok(Self { commands: Connection::to(commands)?, queries: Connection::to(queries)? })
    }

    /// Creates a post; tells its id, and how long after the acknowledgement a query has shown it.
    pub(crate) fn once(&mut self) -> Result<(Uuid, Duration), Failure> {
        let (post, text) = (Uuid::now_v7(), event::text());
        let reply = self.commands.call(&format!(
            r#"{{"id":"{post}","command":"CreatePost","actor":"{post}","data":{{"text":"{text}"}}}}"#
        ))?;
        let acknowledged = Instant::now();
        let at = &reply["at"];
        let reply = self.queries.call(&format!(
            r#"{{"id":1,"query":"PostById","data":{{"post":"{post}"}},"after":[{at}],"wait_ms":{WAIT_MS}}}"#
        ))?;
        let took = acknowledged.elapsed();
        if reply["data"]["text"] != text {
            return Err(format!("a query does not show the post that it was to show: {reply}").into());
        }
        Ok((post, took))
    }
}

/// One request at a time.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// A reply that is ok.
    fn call(&mut self, request: &str) -> Result<Value, Failure> {
        self.0.get_mut().write_all(format!("{request}\n").as_bytes())?;
        let mut reply = String::new();
        self.0.read_line(&mut reply)?;
        let parsed: Value = serde_json::from_str(&reply)?;
        if parsed["ok"] == true { Ok(parsed) } else { Err(format!("not ok: {}", reply.trim_end()).into()) }
    }
}
