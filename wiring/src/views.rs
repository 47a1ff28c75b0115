//! `--views`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

#[cfg(feature = "postgres")]
use tidings_projections::postgres::{PostgresReadModel, PostgresReader, PostgresUrl};
use tidings_projections::sqlite::{SqliteReadModel, SqliteReader};
use tidings_projections::{ReadModel, ReadModelError, Reader};

use crate::StartError;
use crate::url::{UrlError, folder, refuse, split};

/// Where the read models are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewsUrl {
    /// `sqlite:FOLDER`: the files `views-<generation>.sqlite` in a folder.
    Sqlite(PathBuf),
    /// `postgres://…`: the schemas `tidings_<generation>` in a database.
    #[cfg(feature = "postgres")]
    Postgres(PostgresUrl),
}

impl ViewsUrl {
    /// Opens the read models for writing.
    ///
    /// # Errors
    /// When they cannot be opened; the message says what to do.
    pub fn open(&self) -> Result<Arc<dyn ReadModel>, StartError> {
        Ok(match self {
            Self::Sqlite(folder) => Arc::new(SqliteReadModel::open(folder).map_err(StartError::new)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => Arc::new(PostgresReadModel::open(url.clone())),
        })
    }

    /// Makes the read models where there are none, and a role that can only read them, with a password where one is
    /// given.
    ///
    /// # Errors
    /// When they cannot be made, or are in files, which have no roles.
    pub async fn init(&self, role: &str, password: Option<&str>) -> Result<(), StartError> {
        match self {
            Self::Sqlite(_) => {
                let _ = (role, password);
                Err(StartError::new(format!("{self} has no roles; --init is for postgres://…")))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => Ok(tidings_projections::postgres::make_reader(url, role, password).await?),
        }
    }

    /// Opens the read models for reading; they need not be there yet.
    ///
    /// # Errors
    /// When they do not answer, or a person must mend what is wrong, such as a password.
    pub async fn open_to_read(&self) -> Result<Arc<dyn Reader>, StartError> {
        match self {
            Self::Sqlite(folder) => Ok(Arc::new(SqliteReader::open(folder).map_err(StartError::new)?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                let reader = PostgresReader::open(url.clone());
                reader.check().await?;
                Ok(Arc::new(reader))
            }
        }
    }
}

impl From<ReadModelError> for StartError {
    fn from(error: ReadModelError) -> Self {
        match error {
            // The cause says where.
            ReadModelError::Unavailable(cause) => {
                Self::Away { part: "the read models", place: String::new(), cause }
            }
            ReadModelError::Unfit(_) => Self::new(error),
        }
    }
}

#[cfg(feature = "postgres")]
const KNOWN: &str = "sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE";
#[cfg(not(feature = "postgres"))]
const KNOWN: &str = "sqlite:FOLDER";

impl FromStr for ViewsUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "read model";
        match split(WHAT, url, KNOWN)? {
            ("sqlite", rest) => Ok(Self::Sqlite(folder(WHAT, url, rest)?)),
            #[cfg(feature = "postgres")]
            ("postgres" | "postgresql", _) => match url.parse() {
                Ok(url) => Ok(Self::Postgres(url)),
                // The URL is not shown: it may hold a password.
                Err(error) => Err(refuse(WHAT, "postgres://…", format!("{error}"))),
            },
            (other, _) => {
                Err(refuse(WHAT, &format!("{other}:…"), format!("`{other}` is unknown; known is {KNOWN}")))
            }
        }
    }
}

impl fmt::Display for ViewsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let url: ViewsUrl = "postgres://u:s3cret@h/d".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres://u@h:5432/d Postgres(postgres://u@h:5432/d)");
        for wrong in ["postgres://u:s3cret@h:x/d", "postgres:u:s3cret@h", "mysql://u:s3cret@h/d"] {
            let error = wrong.parse::<ViewsUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
