//! Why a ledger's file cannot be opened, with what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a ledger's file cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no ledger.
    #[error("there is no ledger at {}; the command host that keeps it must have been started once", file.display())]
    Missing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// Another program wrote it, a newer or a very old one.
    #[error("{} has format {found}, but this program knows format {known}; use the program that wrote it", file.display())]
    Format {
        /// The ledger.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// The format known here.
        known: i64,
    },
    /// Something else stands there.
    #[error("{} is not a ledger of Tidings; use another folder, or move the file away", file.display())]
    NotALedger {
        /// The file.
        file: PathBuf,
    },
    /// It is a ledger, but not whole.
    #[error("{} is damaged ({cause}); move it away and start with a new one: what was appended is in the log, and what was promised and not carried out is in it alone", file.display())]
    Damaged {
        /// The ledger.
        file: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Anything else.
    #[error("{} cannot be opened: {cause}", path.display())]
    Failed {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system or SQLite said.
        cause: String,
    },
}

impl OpenError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Failed { path: path.into(), cause: error.to_string() }
    }

    pub(super) fn sqlite(file: &Path, error: &rusqlite::Error) -> Self {
        let (path, cause) = (file.to_path_buf(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotALedger { file: path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { file: path, cause },
            _ => Self::Failed { path, cause },
        }
    }
}
