//! What a host gives to the server.

use crate::{Reply, Request};

/// What answers the lines of all connections.
///
/// The server promises:
/// - the future of each request is polled for the first time in the order of the lines on its connection, so
///   what a service does before its first wait (such as taking a place in a queue) is in that order;
/// - all requests of a connection run concurrently, within the connection's task and its limits;
/// - a reply is sent as soon as it is there, whatever came before it;
/// - a request whose future panics is answered `unavailable`; the others of its connection go on;
/// - a future is dropped before its end only when its connection fails, or a drain takes too long.
pub trait Service: Send + Sync + 'static {
    /// Answers one line.
    fn call(&self, request: Request) -> impl Future<Output = Reply> + Send;

    /// What a person reads who typed `help`, or `help` and a word: plain text, of any number of lines.
    fn help(&self, topic: Option<&str>) -> String;
}
