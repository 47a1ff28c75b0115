//! `--ledger`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use tidings_ledger::{Ledger, Progress, SqliteLedger};

use crate::StartError;
use crate::url::{UrlError, folder, refuse, split};

/// Where commands are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerUrl {
    /// `none`: only what is appended to the log is remembered.
    None,
    /// `sqlite:FOLDER`: the file `ledger.sqlite` in a folder; any number of processes.
    Sqlite(PathBuf),
}

/// A ledger that is open, if there is to be one, with the handle that closes it.
pub struct OpenLedger(Option<SqliteLedger>);

impl LedgerUrl {
    /// Opens the ledger for writing; makes it where there is none.
    ///
    /// # Errors
    /// When it cannot be opened; the message says what to do.
    pub async fn open(&self) -> Result<OpenLedger, StartError> {
        self.opened(SqliteLedger::create_or_open)
    }

    /// Opens a ledger that is there for reading.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn open_to_read(&self) -> Result<OpenLedger, StartError> {
        self.opened(SqliteLedger::open_read_only)
    }

    fn opened(
        &self,
        open: impl FnOnce(PathBuf) -> Result<SqliteLedger, tidings_ledger::OpenError>,
    ) -> Result<OpenLedger, StartError> {
        match self {
            Self::None => Ok(OpenLedger(None)),
            Self::Sqlite(folder) => {
                open(folder.clone()).map(|ledger| OpenLedger(Some(ledger))).map_err(StartError::new)
            }
        }
    }
}

impl OpenLedger {
    /// The ledger, if there is one.
    pub fn ledger(&self) -> Option<Arc<dyn Ledger>> {
        self.0.clone().map(|ledger| Arc::new(ledger) as Arc<dyn Ledger>)
    }

    /// The progress of processes that it keeps, if there is one.
    pub fn progress(&self) -> Option<Arc<dyn Progress>> {
        self.0.clone().map(|ledger| Arc::new(ledger) as Arc<dyn Progress>)
    }

    /// Closes it; what waits is still written.
    pub async fn close(self) {
        if let Some(ledger) = self.0 {
            ledger.close().await;
        }
    }
}

impl FromStr for LedgerUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "ledger";
        const KNOWN: &str = "none and sqlite:FOLDER";
        if url == "none" {
            return Ok(Self::None);
        }
        match split(WHAT, url, KNOWN)? {
            ("sqlite", rest) => Ok(Self::Sqlite(folder(WHAT, url, rest)?)),
            _ => Err(refuse(WHAT, url, format!("known are {KNOWN}"))),
        }
    }
}

impl fmt::Display for LedgerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
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
        for wrong in ["", "None", "sqlite:", "mysql://u:s3cret@h/d", "/data"] {
            let error = wrong.parse::<LedgerUrl>().unwrap_err().to_string();
            assert!(error.contains("is no ledger") && !error.contains("s3cret"), "{error}");
        }
    }
}
