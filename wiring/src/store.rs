//! `--store`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use tidings_eventstore::{Log, SqliteLog};

use crate::StartError;
use crate::url::{UrlError, folder, refuse, split};

/// Where the log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `sqlite:FOLDER`: the file `log.sqlite` in a folder; one process writes, any number reads.
    Sqlite(PathBuf),
}

/// A log that is open, with the handle that closes it.
pub struct OpenLog {
    log: SqliteLog,
}

impl StoreUrl {
    /// Opens the log for writing; makes it, with so many partitions, where there is none.
    ///
    /// # Errors
    /// When it cannot be opened; the message says what to do.
    pub fn open(&self, partitions: u16) -> Result<OpenLog, StartError> {
        let Self::Sqlite(folder) = self;
        Ok(OpenLog { log: SqliteLog::create_or_open(folder, partitions).map_err(StartError::new)? })
    }

    /// Opens a log that is there for reading.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn open_to_read(&self) -> Result<OpenLog, StartError> {
        let Self::Sqlite(folder) = self;
        Ok(OpenLog { log: SqliteLog::open_read_only(folder).map_err(StartError::new)? })
    }
}

impl OpenLog {
    /// The log.
    pub fn log(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }

    /// Closes it; returns when another process may open it for writing.
    pub async fn close(self) {
        self.log.close().await;
    }
}

impl FromStr for StoreUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "store";
        match split(WHAT, url, "sqlite")? {
            ("sqlite", rest) => Ok(Self::Sqlite(folder(WHAT, url, rest)?)),
            (other, _) => Err(refuse(WHAT, url, format!("`{other}` is unknown; known is sqlite:FOLDER"))),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Sqlite(folder) = self;
        write!(f, "sqlite:{}", folder.display())
    }
}
