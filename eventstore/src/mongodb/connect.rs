//! Connecting: what is asked of the driver, and what an error of it means.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mongodb::bson::doc;
use mongodb::error::{Error, ErrorKind};
use mongodb::event::EventHandler;
use mongodb::event::sdam::SdamEvent;
use mongodb::options::{
    Acknowledgment, ClientOptions, DatabaseOptions, ReadConcern, ReadPreference, SelectionCriteria,
    WriteConcern,
};
use mongodb::{Client, Database};

use super::call::{Failure, within};
use super::{ConnectError, MongoUrl};

/// How long the driver looks for a server that takes writes, and how long it tries to connect.
const SELECTION: Duration = Duration::from_millis(1_000);
const CONNECTING: Duration = Duration::from_millis(1_000);

/// How often the driver looks at a server that does not tell by itself when something changes.
const HEARTBEAT: Duration = Duration::from_millis(2_000);

/// How long a step of opening may take: making an index waits for others who make it.
const STEP: Duration = Duration::from_secs(10);

/// The most connections: a reading one for each of many commands at once.
const CONNECTIONS: u32 = 64;

/// A database that answered, with what is needed to say what goes wrong.
pub(crate) struct Connection {
    pub(crate) database: Database,
    /// How many reads may go to the server at once. Some connections are left for writing.
    pub(crate) reads: usize,
    server: String,
    seen: Seen,
}

/// What the driver last saw of a server that it cannot use.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Option<Error>>>);

/// Connects, and asks the server who it is.
pub(crate) async fn connect(url: &MongoUrl) -> Result<Connection, ConnectError> {
    let seen = Seen::default();
    let options = options(url, &seen).await?;
    let most = options.max_pool_size.unwrap_or(CONNECTIONS) as usize;
    let client = Client::with_options(options)
        .map_err(|_| ConnectError::Url { cause: "its options contradict each other".into() })?;
    let concerns = DatabaseOptions::builder()
        .read_concern(ReadConcern::majority())
        .write_concern(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build())
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        .build();
    let database = client.database_with_options(url.database(), concerns);
    let connection = Connection { database, reads: (most - most / 4).max(1), server: url.to_string(), seen };
    let hello = connection.step("connect", connection.database.run_command(doc! { "hello": 1 })).await?;
    // With `directConnection` the driver takes any server; a secondary would show the past.
    let writable = ["isWritablePrimary", "ismaster"].iter().any(|name| hello.get_bool(name).unwrap_or(false));
    if !writable {
        return Err(connection.away("it is not the primary of its replica set"));
    }
    Ok(connection)
}

async fn options(url: &MongoUrl, seen: &Seen) -> Result<ClientOptions, ConnectError> {
    let parsed = within(STEP, async { ClientOptions::parse(url.secret()).await }).await;
    let mut options = parsed.map_err(|failure| match failure {
        Failure::Driver(error) if !matches!(&*error.kind, ErrorKind::DnsResolve { .. }) => {
            // What the driver says may quote the URL.
            ConnectError::Url { cause: "the driver does not understand its hosts or options".into() }
        }
        failure => ConnectError::Away { server: url.to_string(), cause: failure.to_string() },
    })?;
    options.app_name.get_or_insert_with(|| "tidings".into());
    options.server_selection_timeout.get_or_insert(SELECTION);
    options.connect_timeout.get_or_insert(CONNECTING);
    options.heartbeat_freq.get_or_insert(HEARTBEAT);
    options.max_pool_size.get_or_insert(CONNECTIONS);
    // The driver waits for ever for the server's first words on a connection, and opens two at a time unless told:
    // where two such answers were lost, as by a proxy on the way, no call ever got a connection again.
    options.max_connecting.get_or_insert(CONNECTIONS);
    // What the driver would send again by itself, nobody here would know of.
    options.retry_writes = Some(false);
    let seen = seen.clone();
    options.sdam_event_handler = Some(EventHandler::callback(move |event| {
        if let SdamEvent::ServerHeartbeatFailed(failed) = event {
            *seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(failed.failure);
        }
    }));
    Ok(options)
}

impl Connection {
    /// The server, without secrets.
    pub(crate) fn server(&self) -> String {
        self.server.clone()
    }

    /// A step of opening, in time, with its error told for a person. `action` is what it does: "read the log".
    pub(crate) async fn step<T>(
        &self,
        action: &str,
        call: impl IntoFuture<Output = Result<T, Error>>,
    ) -> Result<T, ConnectError> {
        within(STEP, call).await.map_err(|failure| self.explain(action, failure))
    }

    fn away(&self, cause: impl Into<String>) -> ConnectError {
        ConnectError::Away { server: self.server(), cause: cause.into() }
    }

    fn explain(&self, action: &str, failure: Failure) -> ConnectError {
        let server = self.server();
        let error = match failure {
            Failure::Driver(error) => error,
            late @ Failure::Late(_) => return self.away(late.to_string()),
        };
        // That no server can be used says little; why it cannot is what was seen of it.
        let error = match &*error.kind {
            ErrorKind::ServerSelection { .. } => self.seen.last().unwrap_or(error),
            _ => error,
        };
        let role = if action == "read the log" { "read" } else { "readWrite" };
        match &*error.kind {
            ErrorKind::Authentication { .. } => ConnectError::Login { server },
            ErrorKind::InvalidResponse { .. } | ErrorKind::Bson(_) | ErrorKind::InvalidTlsConfig { .. } => {
                ConnectError::NotMongo { server, cause: Failure::Driver(error.clone()).to_string() }
            }
            ErrorKind::IncompatibleServer { message, .. } => {
                ConnectError::Failed { server, cause: message.clone() }
            }
            ErrorKind::Io(cause) => match cause.kind() {
                io::ErrorKind::InvalidData => {
                    ConnectError::NotMongo { server, cause: "its encryption is not understood".into() }
                }
                io::ErrorKind::UnexpectedEof => self.away(
                    "it takes the connection and closes it without an answer, as a server of another kind does",
                ),
                // What the resolver says has no kind of its own.
                kind if cause.raw_os_error().is_none() && format!("{kind:?}") == "Uncategorized" => {
                    self.away("its host's name cannot be looked up")
                }
                kind => self.away(kind.to_string()),
            },
            ErrorKind::Command(command) => match command.code {
                18 => ConnectError::Login { server },
                13 => ConnectError::Rights { server, action: action.into(), role },
                code if PASSING.contains(&code) => self.away(Failure::Driver(error.clone()).to_string()),
                code => ConnectError::Failed {
                    server,
                    cause: format!("it does not {action}: error {code} ({})", command.code_name),
                },
            },
            ErrorKind::ServerSelection { .. }
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. } => self.away(Failure::Driver(error.clone()).to_string()),
            _ => {
                let cause = format!("{action}: {}", Failure::Driver(error.clone()));
                ConnectError::Failed { server, cause }
            }
        }
    }
}

/// Codes of a server that starts, ends, or looks for a primary.
const PASSING: [i32; 13] = [6, 7, 50, 89, 91, 133, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435];

impl Seen {
    fn last(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
