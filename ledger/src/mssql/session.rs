//! A connection.

use std::time::Duration;

use tiberius::{Client, Config, Row, ToSql};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use super::MssqlUrl;
use super::failure::Failure;

/// How long one call may take altogether: longer than a lock is waited for (`sql/session.sql`), and no longer than a
/// host waits for a ledger that is slow.
const CALL: Duration = Duration::from_secs(4);

/// What each result of a batch holds.
pub(super) type Results = Vec<Vec<Row>>;

/// A connection to one database. When it is dropped the connection is cut, and whatever transaction was under way undone.
pub(super) struct Session {
    client: Client<Compat<TcpStream>>,
    /// The same socket, to see whether the server has closed it.
    socket: std::net::TcpStream,
}

impl Session {
    /// Connects; also to where the server that is asked first sends us on to, as Azure does. Half of the limit is for being
    /// connected, half for being greeted and let in.
    pub(super) async fn connect(url: &MssqlUrl, limit: Duration) -> Result<Self, Failure> {
        let half = limit / 2;
        within(limit, async {
            let mut config = url.config();
            match Self::at(&url.host, url.port, config.clone(), half).await {
                Err(Failure::Elsewhere { host, port }) => {
                    config.host(&host);
                    config.port(port);
                    Self::at(&host, port, config, half).await
                }
                done => done,
            }
        })
        .await
        .map_err(|failure| if url.is_in_the_clear() { failure.though_in_the_clear() } else { failure })
    }

    async fn at(host: &str, port: u16, config: Config, limit: Duration) -> Result<Self, Failure> {
        let stream = within(limit, async { Ok(TcpStream::connect((host, port)).await?) }).await?;
        stream.set_nodelay(true)?;
        let stream = stream.into_std()?;
        let socket = stream.try_clone()?;
        let stream = TcpStream::from_std(stream)?;
        // The driver's future is large: unboxed, and unoptimised, all that wait for it need a deep stack.
        let greeting = Box::pin(Client::connect(config, stream.compat_write()));
        let client = within(limit, async { Ok(greeting.await?) }).await.map_err(Failure::of_greeting)?;
        let mut session = Self { client, socket };
        session.batch(include_str!("sql/session.sql"), limit).await?;
        Ok(session)
    }

    /// Whether the server has neither closed the connection nor said anything unasked.
    pub(super) fn is_quiet(&self) -> bool {
        let heard = self.socket.peek(&mut [0]);
        heard.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Executes a batch that has no parameters, within a time of its own.
    pub(super) async fn batch(&mut self, sql: &str, limit: Duration) -> Result<Results, Failure> {
        within(limit, async { Ok(self.client.simple_query(sql).await?.into_results().await?) }).await
    }

    /// Executes a statement. Where it fails, or is given up, the session is in an unknown state, unless
    /// [`Failure::leaves_the_session`].
    pub(super) async fn run(&mut self, sql: &str, given: &[&dyn ToSql]) -> Result<Results, Failure> {
        within(CALL, async { Ok(self.client.query(sql, given).await?.into_results().await?) }).await
    }
}

/// What a call gives, unless it takes too long.
pub(super) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(limit, call).await.unwrap_or(Err(Failure::Silent(limit)))
}
