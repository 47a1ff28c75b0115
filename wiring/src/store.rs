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
    log: Arc<dyn Log>,
    file: Option<SqliteLog>,
}

impl StoreUrl {
    /// Opens the log for writing; makes it, with so many partitions, where there is none.
    ///
    /// # Errors
    /// When it cannot be opened; the message says what to do.
    pub async fn open(&self, partitions: u16) -> Result<OpenLog, StartError> {
        let Self::Sqlite(folder) = self;
        Ok(OpenLog::file(SqliteLog::create_or_open(folder, partitions).map_err(StartError::new)?))
    }

    /// Opens a log that is there for reading.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn open_to_read(&self) -> Result<OpenLog, StartError> {
        let Self::Sqlite(folder) = self;
        Ok(OpenLog::file(SqliteLog::open_read_only(folder).map_err(StartError::new)?))
    }
}

impl OpenLog {
    fn file(log: SqliteLog) -> Self {
        Self { log: Arc::new(log.clone()), file: Some(log) }
    }

    /// The log.
    pub fn log(&self) -> Arc<dyn Log> {
        self.log.clone()
    }

    /// Closes it; returns when another process may open it for writing.
    pub async fn close(self) {
        if let Some(file) = self.file {
            file.close().await;
        }
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
