//! Servers of a test's own start, answer, keep their data when they are killed, and end with the test.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod cluster;
mod kafka;
mod mongodb;
mod postgres;

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use tidings_tests::{Server, until};

/// How long a server that is stopped is asked.
const SHORT: Duration = Duration::from_secs(1);

fn listens(server: &Server) -> bool {
    TcpStream::connect(server.address()).is_ok()
}

/// Drops it while it is stopped, and waits until its process is gone and nobody listens.
async fn ends_when_dropped(server: Server) {
    let (address, process) = (server.address(), format!("/proc/{}", server.id()));
    server.pause();
    drop(server);
    until("the server is gone", async || {
        (!Path::new(&process).exists() && TcpStream::connect(address).is_err()).then_some(())
    })
    .await;
}
