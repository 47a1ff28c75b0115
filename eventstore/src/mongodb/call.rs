//! A call to the server that ends in time, and what may be said of one that failed.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use mongodb::error::{Error, ErrorKind};

/// How long calls to the server may take. Whoever uses the log is told `unavailable` then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A short read: a stream's page, a version, a head, a command; 1.5 s.
    pub read: Duration,
    /// A page of a partition; 5 s.
    pub page: Duration,
    /// An insert, which is in doubt after that; 2 s. The server itself waits for a majority for three quarters of it.
    pub insert: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let millis = Duration::from_millis;
        Self { read: millis(1_500), page: millis(5_000), insert: millis(2_000) }
    }
}

/// Why a call brought nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No answer in so much time.
    Late(Duration),
    Driver(Error),
}

/// Waits for a call, but not for ever. The connection of a call that is given up is closed by the driver.
pub(crate) async fn within<T>(
    limit: Duration,
    call: impl IntoFuture<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(limit, call.into_future()).await {
        Ok(answer) => answer.map_err(Failure::Driver),
        Err(_) => Err(Failure::Late(limit)),
    }
}

/// In short. Never what a server says in words, which may hold data.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            Self::Late(limit) => return write!(f, "MongoDB gave no answer in {} ms", limit.as_millis()),
            Self::Driver(error) => error,
        };
        match &*error.kind {
            ErrorKind::ServerSelection { .. } => {
                write!(f, "no MongoDB server that takes writes can be reached")
            }
            ErrorKind::Io(error) => write!(f, "the connection to MongoDB broke ({})", error.kind()),
            ErrorKind::ConnectionPoolCleared { .. } => write!(f, "the connections to MongoDB were given up"),
            ErrorKind::Authentication { .. } => write!(f, "MongoDB does not know this user or password"),
            ErrorKind::Command(error) => {
                write!(f, "MongoDB answered with error {} ({})", error.code, error.code_name)
            }
            ErrorKind::DnsResolve { .. } => write!(f, "MongoDB's host is not known"),
            _ => write!(f, "the MongoDB driver failed: {}", kind(error)),
        }
    }
}

/// The name of an error's kind.
fn kind(error: &Error) -> String {
    let debug = format!("{:?}", error.kind);
    debug.chars().take_while(char::is_ascii_alphanumeric).collect()
}
