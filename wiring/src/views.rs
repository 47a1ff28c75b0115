//! `--views`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use tidings_projections::sqlite::{SqliteReadModel, SqliteReader};
use tidings_projections::{ReadModel, Reader};

use crate::StartError;
use crate::url::{UrlError, folder, refuse, split};

/// Where the read models are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewsUrl {
    /// `sqlite:FOLDER`: the files `views-<generation>.sqlite` in a folder.
    Sqlite(PathBuf),
}

/// Read models that are open for writing.
pub struct OpenViews {
    /// Writes them.
    pub model: Arc<dyn ReadModel>,
    /// Reads them, and wakes as soon as this process has written.
    pub reader: Arc<dyn Reader>,
}

impl ViewsUrl {
    /// Opens the read models for writing, and a reader that wakes as soon as this process has written.
    ///
    /// # Errors
    /// When they cannot be opened; the message says what to do.
    pub async fn open(&self) -> Result<OpenViews, StartError> {
        let Self::Sqlite(folder) = self;
        let model = SqliteReadModel::open(folder).map_err(StartError::new)?;
        let reader = model.reader().map_err(StartError::new)?;
        Ok(OpenViews { model: Arc::new(model), reader: Arc::new(reader) })
    }

    /// Opens the read models for reading; they need not be there yet.
    ///
    /// # Errors
    /// When the reader cannot be started.
    pub async fn open_to_read(&self) -> Result<Arc<dyn Reader>, StartError> {
        let Self::Sqlite(folder) = self;
        Ok(Arc::new(SqliteReader::open(folder).map_err(StartError::new)?))
    }
}

impl FromStr for ViewsUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "read model";
        match split(WHAT, url, "sqlite")? {
            ("sqlite", rest) => Ok(Self::Sqlite(folder(WHAT, url, rest)?)),
            (other, _) => Err(refuse(WHAT, url, format!("`{other}` is unknown; known is sqlite:FOLDER"))),
        }
    }
}

impl fmt::Display for ViewsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Sqlite(folder) = self;
        write!(f, "sqlite:{}", folder.display())
    }
}
