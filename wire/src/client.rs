//! A small client, for tests, examples and measurements.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, ToSocketAddrs};

use crate::frames::{Frame, Frames};

/// Lines gather up to this many bytes before they are sent unasked.
const GATHER: usize = 32 << 10;
/// The longest reply that is read.
const MAX_REPLY: usize = 1 << 20;

/// A connection to a host.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let mut client = tidings_wire::Client::connect("127.0.0.1:7401").await?;
/// let reply = client.call("ping").await?;
/// assert_eq!(reply["pong"], true);
///
/// // Pipelined: many lines, then many replies, in the order in which they are ready.
/// for n in 0..10 {
///     client.send(&format!(r#"{{"id":{n},"command":"Follow","actor":"…","data":{{}}}}"#)).await?;
/// }
/// for _ in 0..10 {
///     println!("{:?}", client.next_reply().await?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Client {
    sender: Sender,
    receiver: Receiver,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// Where the host cannot be reached.
    pub async fn connect(address: impl ToSocketAddrs) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        let frames = Frames::new(MAX_REPLY);
        Ok(Self {
            sender: Sender { write, out: Vec::new() },
            receiver: Receiver { read, frames, chunk: vec![0; 16 << 10] },
        })
    }

    /// Adds a line to those to be sent; they go with the next [`next_reply`](Self::next_reply), or before.
    ///
    /// Whoever sends thousands of lines without reading replies is made to wait by the host, for ever:
    /// [`split`](Self::split) the client, and read while you send.
    ///
    /// # Errors
    /// Where the connection fails.
    pub async fn send(&mut self, line: &str) -> io::Result<()> {
        self.sender.send(line).await
    }

    /// Sends what waits, and waits for a reply: one line, or none where the host has closed the connection.
    ///
    /// # Errors
    /// Where the connection fails, or the reply is not UTF-8 or too long.
    pub async fn next_reply(&mut self) -> io::Result<Option<String>> {
        self.sender.flush().await?;
        self.receiver.next_reply().await
    }

    /// Sends one line and waits for one reply; for use where no other is awaited.
    ///
    /// # Errors
    /// Where the connection fails or is closed, or the reply is not JSON.
    pub async fn call(&mut self, line: &str) -> io::Result<Value> {
        self.send(line).await?;
        let reply = self.next_reply().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(serde_json::from_str(&reply)?)
    }

    /// The two directions, for tasks of their own.
    pub fn split(self) -> (Sender, Receiver) {
        (self.sender, self.receiver)
    }
}

/// The sending half of a [`Client`].
#[derive(Debug)]
pub struct Sender {
    write: OwnedWriteHalf,
    out: Vec<u8>,
}

impl Sender {
    /// Adds a line to those to be sent; they go when enough have gathered, or with [`flush`](Self::flush).
    ///
    /// # Errors
    /// Where the connection fails.
    pub async fn send(&mut self, line: &str) -> io::Result<()> {
        self.out.extend_from_slice(line.as_bytes());
        self.out.push(b'\n');
        if self.out.len() >= GATHER { self.flush().await } else { Ok(()) }
    }

    /// Sends what waits.
    ///
    /// # Errors
    /// Where the connection fails.
    pub async fn flush(&mut self) -> io::Result<()> {
        if !self.out.is_empty() {
            self.write.write_all(&self.out).await?;
            self.out.clear();
        }
        Ok(())
    }

    /// Sends what waits and says that no more will come; the host answers what it has and closes.
    ///
    /// # Errors
    /// Where the connection fails.
    pub async fn finish(mut self) -> io::Result<()> {
        self.flush().await?;
        self.write.shutdown().await
    }
}

/// The receiving half of a [`Client`].
#[derive(Debug)]
pub struct Receiver {
    read: OwnedReadHalf,
    frames: Frames,
    chunk: Vec<u8>,
}

impl Receiver {
    /// Waits for a reply: one line, or none where the host has closed the connection.
    ///
    /// # Errors
    /// Where the connection fails, or the reply is not UTF-8 or too long.
    pub async fn next_reply(&mut self) -> io::Result<Option<String>> {
        let invalid = |what: &'static str| io::Error::new(io::ErrorKind::InvalidData, what);
        loop {
            match self.frames.next() {
                Some(Frame::Line(line)) => {
                    let line = std::str::from_utf8(line).map_err(|_| invalid("the reply is not UTF-8"))?;
                    return Ok(Some(line.to_owned()));
                }
                Some(Frame::TooLong) => return Err(invalid("the reply is too long")),
                None => {}
            }
            match self.read.read(&mut self.chunk).await? {
                0 => return Ok(None),
                count => self.frames.push(&self.chunk[..count]),
            }
        }
    }
}
