//! A connection with what it has prepared.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Socket, Statement, tls::NoTlsStream};

use super::PostgresUrl;
use super::failure::Failure;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Applying steps.
    Write,
    /// Filling a shadow, and all that takes long.
    Bulk,
    /// Answering selects.
    Read,
    /// Hearing what was written.
    Listen,
}

impl Use {
    /// Settings of the server for this session.
    ///
    /// A paused or lost process keeps its locks no longer than `idle_in_transaction_session_timeout`: whoever
    /// takes its place goes on then. Rows and checkpoint are one transaction, so not to wait for the disk
    /// (`synchronous_commit`) may lose the last of them, whole, which the log fills in again.
    fn options(self) -> &'static str {
        match self {
            Self::Write => {
                "-c synchronous_commit=off -c statement_timeout=10s -c lock_timeout=5s \
                 -c idle_in_transaction_session_timeout=2s"
            }
            Self::Bulk => {
                "-c synchronous_commit=off -c statement_timeout=0 -c lock_timeout=5s \
                 -c idle_in_transaction_session_timeout=60s -c maintenance_work_mem=128MB"
            }
            Self::Read => {
                "-c default_transaction_read_only=on -c statement_timeout=10s \
                 -c idle_in_transaction_session_timeout=2s"
            }
            Self::Listen => "-c default_transaction_read_only=on -c statement_timeout=10s",
        }
    }

    /// How long a call may take altogether.
    pub(super) fn limit(self) -> Duration {
        match self {
            Self::Write | Self::Read | Self::Listen => Duration::from_secs(12),
            Self::Bulk => Duration::from_secs(60 * 60),
        }
    }
}

/// How long it may take to be connected: the address, the greeting, the password.
const CONNECT: Duration = Duration::from_secs(3);

/// The most statements kept prepared: some for each table and set of columns, or for each query.
const STATEMENTS: usize = 512;

/// A connection to one database. When it is dropped the connection is cut, whatever was under way.
pub(super) struct Session {
    pub(super) client: Client,
    /// The generation that its statements are of.
    pub(super) generation: Option<u64>,
    /// Whether others want the server's processors.
    pub(super) gentle: bool,
    statements: HashMap<String, Statement>,
    driver: AbortHandle,
}

impl Session {
    /// Connects. Of what it hears by LISTEN it tells `heard`.
    pub(super) async fn connect(
        url: &PostgresUrl,
        usage: Use,
        heard: Option<watch::Sender<()>>,
    ) -> Result<Self, Failure> {
        let mut config = Config::clone(&url.config);
        let theirs = config.get_options().unwrap_or_default();
        let options = format!("{} {theirs}", usage.options());
        config.options(options);
        if config.get_application_name().is_none() {
            config.application_name("tidings");
        }
        let connected = within(CONNECT, async { Ok(config.connect(NoTls).await?) }).await;
        let (client, connection) = connected.map_err(Failure::of_connecting)?;
        let driver = tokio::spawn(drive(connection, heard)).abort_handle();
        Ok(Self { client, generation: None, gentle: url.gentle, statements: HashMap::new(), driver })
    }

    /// A statement, prepared once for each generation. `types` are those of its parameters.
    pub(super) async fn prepare(&mut self, sql: &str, types: &[Type]) -> Result<Statement, Failure> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        let statement = self.client.prepare_typed(sql, types).await?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Goes over to a generation. A prepared statement follows its table, not the name, so they are made anew.
    pub(super) fn turn_to(&mut self, generation: u64) {
        self.statements.clear();
        self.generation = Some(generation);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

async fn drive(mut connection: Connection<Socket, NoTlsStream>, heard: Option<watch::Sender<()>>) {
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        match (message, &heard) {
            (Ok(AsyncMessage::Notification(_)), Some(heard)) => heard.send_replace(()),
            (Ok(_), _) => {}
            (Err(_), _) => return,
        }
    }
}

/// What a call gives, unless it takes too long.
pub(super) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(limit, call).await.unwrap_or(Err(Failure::Silent(limit)))
}
