//! The server: accepts, serves, drains.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::connection::{CutOff, LINGER, serve};
use crate::crowd::Crowd;
use crate::{Code, ErrorReply, Id, Limits, Service};

/// How a server ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were open when it was told to stop.
    pub connections: usize,
    /// Those of them that were closed before their replies were sent, because the time was over.
    pub cut_off_connections: usize,
    /// Requests that were begun and then dropped, because the time was over.
    pub cut_off_requests: usize,
}

/// Serves all who connect until `shutdown` is ready, then drains: accepts and reads no more, finishes what is in
/// flight, sends the replies and closes, for at most [`Limits::drain_time`].
///
/// A connection that fails costs no other anything. An error of `accept` is logged and waited out.
pub async fn run<S: Service>(
    listener: TcpListener,
    service: Arc<S>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    accept_all(listener, service, limits, shutdown).await
}

/// What connections come from.
pub(crate) trait Accept {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    async fn accept(&self) -> io::Result<(Self::Stream, SocketAddr)>;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = TcpListener::accept(self).await?;
        // A reply is sent when it is there, not when more are.
        stream.set_nodelay(true)?;
        Ok((stream, peer))
    }
}

/// Connections over the limit that are told so at once; the others are closed without a word.
const REFUSALS: usize = 64;
const FIRST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

async fn accept_all<S: Service, A: Accept>(
    listener: A,
    service: Arc<S>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    let (stop, stopping) = watch::channel(false);
    let counts = Arc::new((Crowd::default(), CutOff::new(0)));
    let mut connections = JoinSet::new();
    let mut refusals = JoinSet::new();
    let (mut wait, mut not_before) = (FIRST_WAIT, None);
    tokio::pin!(shutdown);
    loop {
        let accept = async {
            if let Some(time) = not_before {
                sleep_until(time).await;
            }
            listener.accept().await
        };
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                log_panic(ended);
                continue;
            }
            Some(_) = refusals.join_next(), if !refusals.is_empty() => continue,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                (wait, not_before) = (FIRST_WAIT, None);
                if connections.len() < limits.connections {
                    let (service, counts, stop) = (service.clone(), counts.clone(), stopping.clone());
                    connections.spawn(async move {
                        serve(stream, &*service, &limits, (&counts.0, &counts.1), stop).await;
                    });
                } else if refusals.len() < REFUSALS {
                    tracing::warn!(%peer, limit = limits.connections, "too many connections");
                    refusals.spawn(refuse(stream));
                }
            }
            Err(error) if of_one_connection(&error) => tracing::debug!(%error, "a connection was lost"),
            Err(error) => {
                tracing::warn!(%error, ?wait, "cannot accept connections; trying again");
                not_before = Some(Instant::now() + wait);
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
    drop(listener);
    refusals.abort_all();
    while let Some(ended) = connections.try_join_next() {
        log_panic(ended);
    }
    let open = connections.len();
    let _ = stop.send(true);
    let cut_off_connections = drain(connections, limits.drain_time).await;
    Drained { connections: open, cut_off_connections, cut_off_requests: counts.1.load(Ordering::Relaxed) }
}

/// Waits for the connections to end; the number of those that had to be ended.
async fn drain(mut connections: JoinSet<()>, time: Duration) -> usize {
    let deadline = Instant::now() + time;
    while let Ok(Some(ended)) = timeout_at(deadline, connections.join_next()).await {
        log_panic(ended);
    }
    let left = connections.len();
    connections.abort_all();
    // One that never waits cannot be ended; it does not hold up the others.
    let _ = timeout(LINGER, async { while connections.join_next().await.is_some() {} }).await;
    left
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection panicked");
    }
}

/// Tells a connection over the limit to come back, and closes it.
async fn refuse(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let error = ErrorReply::new(Code::Overloaded, "too many connections; try again later");
    let line = format!("{}\n", error.reply(Id::NONE).line());
    let _ = timeout(LINGER, async {
        stream.write_all(line.as_bytes()).await?;
        stream.shutdown().await?;
        // Closing over unread bytes would take the line away from the client.
        let mut rest = [0; 512];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    })
    .await;
}

/// Whether only the connection that was about to be accepted is lost.
fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted | InvalidInput
    )
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::AtomicUsize;

    use tokio::io::DuplexStream;

    use super::*;
    use crate::{Reply, Request};

    struct Silent;

    impl Service for Silent {
        async fn call(&self, request: Request) -> Reply {
            Reply::ok(request.id(), &std::collections::BTreeMap::<&str, u8>::new())
        }

        fn help(&self, _topic: Option<&str>) -> String {
            String::new()
        }
    }

    /// Fails as when no file descriptor is left, until the given time; counts how often it was asked.
    struct Full<'a> {
        until: Instant,
        asked: &'a AtomicUsize,
    }

    impl Accept for Full<'_> {
        type Stream = DuplexStream;

        async fn accept(&self) -> io::Result<(DuplexStream, SocketAddr)> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if Instant::now() < self.until {
                return Err(io::Error::from_raw_os_error(24));
            }
            pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn accept_errors_are_waited_out_from_a_millisecond_to_a_second() {
        let asked = AtomicUsize::new(0);
        let listener = Full { until: Instant::now() + Duration::from_secs(5), asked: &asked };
        let shutdown = tokio::time::sleep(Duration::from_secs(60));
        let drained = accept_all(listener, Arc::new(Silent), Limits::default(), shutdown).await;
        assert_eq!(drained, Drained::default());
        // 1, 2, 4 … 512 ms make 1,023 ms in ten waits; then four waits of a second, and the one that holds.
        assert_eq!(asked.load(Ordering::Relaxed), 15);
    }
}
