//! The line server of Tidings' hosts: one JSON object a line over TCP, pipelined, with limits, time-outs and
//! a graceful drain.
//!
//! The server knows nothing of commands and queries: it hands each line to a [`Service`], which reads it with
//! [`Request::parse`] and answers with a [`Reply`]. What a person types (`ping`, `help`, a blank line) and what
//! is no request at all (rubbish, a line without end) it answers itself. The protocol is in
//! `docs/protocol.md`.
//!
//! ```
//! use std::sync::Arc;
//! use serde::{Deserialize, Serialize};
//! use tidings_wire::{Client, Id, Limits, Reply, Request, Service};
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Add<'a> {
//!     #[serde(borrow, default)]
//!     id: Id<'a>,
//!     numbers: Vec<i64>,
//! }
//!
//! #[derive(Serialize)]
//! struct Sum {
//!     sum: i64,
//! }
//!
//! struct Adder;
//!
//! impl Service for Adder {
//!     async fn call(&self, request: Request) -> Reply {
//!         match request.parse::<Add>() {
//!             Ok(add) => Reply::ok(add.id, &Sum { sum: add.numbers.iter().sum() }),
//!             Err(reply) => reply,
//!         }
//!     }
//!
//!     fn help(&self, _topic: Option<&str>) -> String {
//!         r#"{"id":1,"numbers":[2,3]}"#.into()
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let server = tokio::spawn(tidings_wire::run(listener, Arc::new(Adder), Limits::default(), async {
//!     let _ = stopped.await;
//! }));
//!
//! let mut client = Client::connect(address).await?;
//! let reply = client.call(r#"{"id":1,"numbers":[2,3]}"#).await?;
//! assert_eq!(reply["sum"], 5);
//! let reply = client.call(r#"{"id":2,"number":[2,3]}"#).await?;
//! assert_eq!(reply["error"]["code"], "invalid");
//! assert_eq!(reply["error"]["field"], "number");
//!
//! stop.send(()).unwrap();
//! assert_eq!(server.await?.cut_off_requests, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod alarm;
mod client;
mod code;
mod connection;
mod crowd;
mod error;
mod frames;
mod id;
mod limits;
mod parse;
mod plain;
mod reply;
mod request;
mod server;
mod service;
mod words;

#[doc(hidden)]
pub mod private {
    //! What the fuzz targets need of the inside.
    use crate::frames::{Frame, Frames};

    /// The lines of what comes in these pieces; none for each line that is longer than `max_line`.
    pub fn lines<'a>(pieces: impl Iterator<Item = &'a [u8]>, max_line: usize) -> Vec<Option<Vec<u8>>> {
        let (mut frames, mut lines) = (Frames::new(max_line), Vec::new());
        for piece in pieces {
            frames.push(piece);
            while let Some(frame) = frames.next() {
                lines.push(match frame {
                    Frame::Line(line) => Some(line.to_vec()),
                    Frame::TooLong => None,
                });
            }
        }
        lines
    }
}

pub use client::{Client, Receiver, Sender};
pub use code::Code;
pub use error::ErrorReply;
pub use id::Id;
pub use limits::Limits;
pub use parse::parse;
pub use plain::plain;
pub use reply::Reply;
pub use request::Request;
pub use server::{Drained, run};
pub use service::Service;
