//! `--views`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::url::{UrlError, folder, refuse, split};

/// Where the read models are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewsUrl {
    /// `sqlite:FOLDER`: the files `views-<generation>.sqlite` in a folder.
    Sqlite(PathBuf),
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
