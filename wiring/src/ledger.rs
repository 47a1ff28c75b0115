//! `--ledger`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use tidings_ledger::{Ledger, OpenError, Progress, SqliteLedger};
#[cfg(feature = "mssql")]
use tidings_ledger::{MssqlError, MssqlLedger, MssqlUrl};
#[cfg(feature = "mssql")]
use tidings_world::{Handle, System};

use crate::StartError;
use crate::url::{UrlError, folder, refuse, split};

/// Where commands are recorded. Shown and debugged, it is without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerUrl {
    /// `none`: only what is appended to the log is remembered.
    None,
    /// `sqlite:FOLDER`: the file `ledger.sqlite` in a folder; any number of processes.
    Sqlite(PathBuf),
    /// `mssql://…`: tables in a database of SQL Server; any number of hosts.
    #[cfg(feature = "mssql")]
    Mssql(MssqlUrl),
}

/// A ledger that is open, if there is to be one, with the handle that closes it.
pub enum OpenLedger {
    /// There is none.
    None,
    /// A file.
    Sqlite(SqliteLedger),
    /// On a server.
    #[cfg(feature = "mssql")]
    Mssql(MssqlLedger),
}

impl LedgerUrl {
    /// Opens the ledger for writing; makes it where there is none.
    ///
    /// # Errors
    /// When it cannot be opened; the message says what to do.
    pub async fn open(&self) -> Result<OpenLedger, StartError> {
        match self {
            Self::None => Ok(OpenLedger::None),
            Self::Sqlite(folder) => {
                SqliteLedger::create_or_open(folder).map(OpenLedger::Sqlite).map_err(StartError::new)
            }
            #[cfg(feature = "mssql")]
            Self::Mssql(url) => {
                MssqlLedger::create_or_open(url, world()).await.map(OpenLedger::Mssql).map_err(start_error)
            }
        }
    }

    /// Opens a ledger that is there for reading.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn open_to_read(&self) -> Result<OpenLedger, StartError> {
        match self {
            Self::None => Ok(OpenLedger::None),
            Self::Sqlite(folder) => {
                SqliteLedger::open_read_only(folder).map(OpenLedger::Sqlite).map_err(|e| match e {
                    OpenError::Missing { .. } => StartError::away(LEDGER, self, MISSING),
                    wrong => StartError::new(wrong),
                })
            }
            #[cfg(feature = "mssql")]
            Self::Mssql(url) => {
                MssqlLedger::open(url, world()).await.map(OpenLedger::Mssql).map_err(start_error)
            }
        }
    }

    /// Opens a ledger for reading that may be away on its server: until it is back, what is asked of it fails.
    ///
    /// # Errors
    /// When somebody must mend what is wrong.
    pub async fn open_to_read_later(&self) -> Result<OpenLedger, StartError> {
        match (self, self.open_to_read().await) {
            #[cfg(feature = "mssql")]
            (Self::Mssql(url), Err(StartError::Away { .. })) => {
                Ok(OpenLedger::Mssql(MssqlLedger::at(url, world())))
            }
            (_, opened) => opened,
        }
    }
}

/// What it is called.
pub(crate) const LEDGER: &str = "the ledger";

/// What is said of a ledger that is not there.
const MISSING: &str = "there is none yet; the command host makes it";

#[cfg(feature = "mssql")]
fn world() -> Handle {
    Arc::new(System::new())
}

/// A host waits for what may pass, and stops at what somebody must mend.
#[cfg(feature = "mssql")]
fn start_error(error: MssqlError) -> StartError {
    match error {
        MssqlError::Away { server, cause } => StartError::away(LEDGER, server, cause),
        MssqlError::Missing { server } => StartError::away(LEDGER, server, MISSING),
        wrong => StartError::new(wrong),
    }
}

impl OpenLedger {
    /// The ledger, if there is one.
    pub fn ledger(&self) -> Option<Arc<dyn Ledger>> {
        match self {
            Self::None => None,
            Self::Sqlite(ledger) => Some(Arc::new(ledger.clone())),
            #[cfg(feature = "mssql")]
            Self::Mssql(ledger) => Some(Arc::new(ledger.clone())),
        }
    }

    /// The progress of processes that it keeps, if there is one.
    pub fn progress(&self) -> Option<Arc<dyn Progress>> {
        match self {
            Self::None => None,
            Self::Sqlite(ledger) => Some(Arc::new(ledger.clone())),
            #[cfg(feature = "mssql")]
            Self::Mssql(ledger) => Some(Arc::new(ledger.clone())),
        }
    }

    /// Closes it; what waits is still written.
    pub async fn close(self) {
        match self {
            Self::None => {}
            Self::Sqlite(ledger) => ledger.close().await,
            #[cfg(feature = "mssql")]
            Self::Mssql(ledger) => ledger.close().await,
        }
    }
}

/// What `--ledger` takes here, for the message about what it does not.
const KNOWN: &str = if cfg!(feature = "mssql") {
    "none, sqlite:FOLDER and mssql://USER:PASSWORD@HOST:PORT/DATABASE"
} else {
    "none and sqlite:FOLDER"
};

impl FromStr for LedgerUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "ledger";
        if url == "none" {
            return Ok(Self::None);
        }
        match split(WHAT, url, KNOWN)? {
            ("sqlite", rest) => Ok(Self::Sqlite(folder(WHAT, url, rest)?)),
            #[cfg(feature = "mssql")]
            ("mssql", _) => {
                url.parse().map(Self::Mssql).map_err(|error: MssqlError| refuse(WHAT, url, error.to_string()))
            }
            #[cfg(not(feature = "mssql"))]
            ("mssql", _) => Err(refuse(
                WHAT,
                url,
                "this program was built without SQL Server; build it with `--features mssql`",
            )),
            _ => Err(refuse(WHAT, url, format!("known are {KNOWN}"))),
        }
    }
}

impl fmt::Display for LedgerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
            #[cfg(feature = "mssql")]
            Self::Mssql(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_none_or_a_folder_and_anything_else_is_refused_with_what_is_known() {
        for url in ["none", "sqlite:./tidings-data"] {
            assert_eq!(url.parse::<LedgerUrl>().unwrap().to_string(), url);
        }
        for wrong in ["", "None", "sqlite:", "mysql://u:s3cret@h/d", "mssql://u:s3cret@h", "/data"] {
            let error = wrong.parse::<LedgerUrl>().unwrap_err().to_string();
            assert!(error.contains("is no ledger") && !error.contains("s3cret"), "{error}");
        }
    }

    #[cfg(not(feature = "mssql"))]
    #[test]
    fn without_sql_server_it_says_how_to_get_it() {
        let error = "mssql://u:p@h/d".parse::<LedgerUrl>().unwrap_err().to_string();
        assert!(error.contains("--features mssql"), "{error}");
    }

    #[cfg(feature = "mssql")]
    #[test]
    fn a_ledger_on_sql_server_is_shown_without_secrets() {
        let url: LedgerUrl = "mssql://ann:s3cret@db.example/social?trust=any".parse().unwrap();
        assert_eq!(url.to_string(), "mssql://db.example:1433/social");
        assert!(!format!("{url:?}").contains("s3cret"), "{url:?}");
    }

    #[cfg(feature = "mssql")]
    #[test]
    fn a_host_waits_for_a_server_and_not_for_a_password() {
        let server = || "mssql://one:1433/d".to_owned();
        let away = start_error(MssqlError::Away { server: server(), cause: "connection refused".into() });
        assert!(matches!(away, StartError::Away { .. }), "{away}");
        assert_eq!(away.to_string(), "the ledger at mssql://one:1433/d: connection refused");
        assert!(matches!(start_error(MssqlError::Missing { server: server() }), StartError::Away { .. }));
        let login = MssqlError::Login { server: server(), number: 18_456 };
        assert!(matches!(start_error(login), StartError::Wrong(_)));
    }

    #[cfg(feature = "mssql")]
    #[tokio::test]
    async fn a_ledger_that_is_away_is_opened_for_later_only_where_that_is_asked_for() {
        // Of a port that was just free nobody answers.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url: LedgerUrl = format!("mssql://u:p@127.0.0.1:{port}/d").parse().unwrap();
        assert!(matches!(url.open_to_read().await, Err(StartError::Away { .. })));
        let later = url.open_to_read_later().await.ok().unwrap().ledger().unwrap();
        assert!(later.backlog(1).await.is_err());
    }
}
