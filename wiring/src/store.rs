//! `--store`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use tidings_eventstore::owners::Leases;
#[cfg(feature = "mongodb")]
use tidings_eventstore::owners::MongoLeases;
#[cfg(feature = "mongodb")]
use tidings_eventstore::{ConnectError, MongoLog, MongoUrl};
use tidings_eventstore::{Log, OpenError, SqliteLog};

use crate::StartError;
use crate::url::{UrlError, folder, refuse, split};

/// Where the log is. Shown and debugged, it is without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `sqlite:FOLDER`: the file `log.sqlite` in a folder; one process writes, any number reads.
    Sqlite(PathBuf),
    /// `mongodb://…` or `mongodb+srv://…`: a database of MongoDB, named by the path; any number writes and reads.
    #[cfg(feature = "mongodb")]
    MongoDb(MongoUrl),
}

/// A log that is open, with the handle that closes it.
pub struct OpenLog {
    log: Arc<dyn Log>,
    leases: Option<Arc<dyn Leases>>,
    file: Option<SqliteLog>,
}

/// What there was before a log was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// The log.
    Log,
    /// The folder for it, or the server.
    Place,
    /// Nothing.
    Nothing,
}

impl StoreUrl {
    /// Looks whether there is a log, and makes none.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub async fn look(&self) -> Result<Before, StartError> {
        match self {
            Self::Sqlite(folder) => match SqliteLog::open_read_only(folder) {
                Ok(log) => {
                    log.close().await;
                    Ok(Before::Log)
                }
                Err(OpenError::Missing { .. }) if folder.exists() => Ok(Before::Place),
                Err(OpenError::Missing { .. }) => Ok(Before::Nothing),
                Err(wrong) => Err(StartError::new(wrong)),
            },
            #[cfg(feature = "mongodb")]
            Self::MongoDb(url) => match MongoLog::open_read_only(url).await {
                Ok(_) => Ok(Before::Log),
                Err(ConnectError::Missing { .. }) => Ok(Before::Place),
                Err(wrong) => Err(start_error(wrong)),
            },
        }
    }

    /// Removes a log that was made since then, where it holds nothing and nobody writes to it. Only files are removed: on a
    /// server, another may have begun to write.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove_if_empty(&self, before: Before) -> Result<(), StartError> {
        match (self, before) {
            (_, Before::Log) => Ok(()),
            (Self::Sqlite(folder), before) => {
                let removed = SqliteLog::remove_if_empty(folder).map_err(StartError::new)?;
                if removed && before == Before::Nothing {
                    // What somebody else has put there meanwhile stays.
                    let _ = std::fs::remove_dir(folder);
                }
                Ok(())
            }
            #[cfg(feature = "mongodb")]
            (Self::MongoDb(_), _) => Ok(()),
        }
    }

    /// Opens the log for writing; makes it, with so many partitions, where there is none.
    ///
    /// # Errors
    /// When it cannot be opened; the message says what to do.
    pub async fn open(&self, partitions: u16) -> Result<OpenLog, StartError> {
        match self {
            Self::Sqlite(folder) => {
                SqliteLog::create_or_open(folder, partitions).map(OpenLog::file).map_err(StartError::new)
            }
            #[cfg(feature = "mongodb")]
            Self::MongoDb(url) => {
                MongoLog::connect(url, partitions).await.map(OpenLog::server).map_err(start_error)
            }
        }
    }

    /// Opens a log that is there for reading.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn open_to_read(&self) -> Result<OpenLog, StartError> {
        match self {
            Self::Sqlite(folder) => {
                SqliteLog::open_read_only(folder).map(OpenLog::file).map_err(|e| match e {
                    OpenError::Missing { .. } => StartError::away(LOG, self, MISSING),
                    wrong => StartError::new(wrong),
                })
            }
            #[cfg(feature = "mongodb")]
            Self::MongoDb(url) => {
                MongoLog::open_read_only(url).await.map(OpenLog::server).map_err(start_error)
            }
        }
    }
}

/// What it is called.
const LOG: &str = "the log";

/// What is said of a log that is not there.
const MISSING: &str = "there is none yet; the command host makes it";

/// A host waits for what may pass, and stops at what somebody must mend.
#[cfg(feature = "mongodb")]
fn start_error(error: ConnectError) -> StartError {
    match error {
        ConnectError::Away { server, cause } => StartError::away(LOG, server, cause),
        ConnectError::Missing { server } => StartError::away(LOG, server, MISSING),
        wrong => StartError::new(wrong),
    }
}

impl OpenLog {
    fn file(log: SqliteLog) -> Self {
        Self { log: Arc::new(log.clone()), leases: None, file: Some(log) }
    }

    #[cfg(feature = "mongodb")]
    fn server(log: MongoLog) -> Self {
        let leases = MongoLeases::new(log.database());
        Self { log: Arc::new(log), leases: Some(Arc::new(leases)), file: None }
    }

    /// The log.
    pub fn log(&self) -> Arc<dyn Log> {
        self.log.clone()
    }

    /// The leases of the hosts that write to it; none where only one process can.
    pub fn leases(&self) -> Option<Arc<dyn Leases>> {
        self.leases.clone()
    }

    /// Closes it; returns when another process may open it for writing.
    pub async fn close(self) {
        if let Some(file) = self.file {
            file.close().await;
        }
    }
}

/// What `--store` takes here, for the message about what it does not.
const KNOWN: &str =
    if cfg!(feature = "mongodb") { "sqlite:FOLDER and mongodb://…" } else { "sqlite:FOLDER" };

impl FromStr for StoreUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "store";
        match split(WHAT, url, KNOWN)? {
            ("sqlite", rest) => Ok(Self::Sqlite(folder(WHAT, url, rest)?)),
            #[cfg(feature = "mongodb")]
            ("mongodb" | "mongodb+srv", _) => {
                url.parse().map(Self::MongoDb).map_err(|error: ConnectError| {
                    let why = match error {
                        ConnectError::Url { cause } => cause,
                        other => other.to_string(),
                    };
                    refuse(WHAT, url, why)
                })
            }
            #[cfg(not(feature = "mongodb"))]
            ("mongodb" | "mongodb+srv", _) => Err(refuse(
                WHAT,
                url,
                "this program was built without MongoDB; build it with `--features mongodb`",
            )),
            (other, _) => Err(refuse(WHAT, url, format!("`{other}` is unknown; known: {KNOWN}"))),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
            #[cfg(feature = "mongodb")]
            Self::MongoDb(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_store_is_told_what_this_program_knows() {
        let error = "redis://h".parse::<StoreUrl>().unwrap_err().to_string();
        assert!(error.contains("`redis` is unknown; known: sqlite:FOLDER"), "{error}");
        assert_eq!(error.contains("mongodb://"), cfg!(feature = "mongodb"), "{error}");
    }

    #[cfg(not(feature = "mongodb"))]
    #[test]
    fn without_mongodb_it_says_how_to_get_it() {
        let error = "mongodb://h/log".parse::<StoreUrl>().unwrap_err().to_string();
        assert!(error.contains("--features mongodb"), "{error}");
    }

    #[cfg(feature = "mongodb")]
    #[test]
    fn a_host_waits_for_a_server_and_not_for_a_password() {
        let server = || "mongodb://one/log".to_owned();
        let away = start_error(ConnectError::Away { server: server(), cause: "connection refused".into() });
        assert!(matches!(away, StartError::Away { .. }), "{away}");
        assert_eq!(away.to_string(), "the log at mongodb://one/log: connection refused");
        assert!(matches!(start_error(ConnectError::Missing { server: server() }), StartError::Away { .. }));
        assert!(matches!(start_error(ConnectError::Login { server: server() }), StartError::Wrong(_)));
    }

    #[cfg(feature = "mongodb")]
    #[test]
    fn a_log_on_mongodb_is_shown_without_secrets() {
        let url: StoreUrl = "mongodb://ada:secret@one,two:1/log?authSource=admin".parse().unwrap();
        assert_eq!(url.to_string(), "mongodb://one,two:1/log");
        assert!(!format!("{url:?}").contains("secret"), "{url:?}");
        let url: StoreUrl = "mongodb+srv://ada:secret@example.org".parse().unwrap();
        assert_eq!(url.to_string(), "mongodb+srv://example.org/tidings");
    }
}
