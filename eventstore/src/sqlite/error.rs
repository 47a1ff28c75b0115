//! Why a log file cannot be opened, with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a log file cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process writes to it.
    #[error("{} is open for writing in {}; stop that process, or use another folder", file.display(), name(*process))]
    InUse {
        /// The log.
        file: PathBuf,
        /// The other process's id, where it could be read.
        process: Option<u32>,
    },
    /// The file or its folder cannot be written to.
    #[error("{} cannot be written to ({cause}); give this user the right to write to the folder, or use another", path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        cause: String,
    },
    /// There is no room.
    #[error("there is no room on the disk for {}; make some and start again", path.display())]
    Full {
        /// The file or folder.
        path: PathBuf,
    },
    /// There is no log.
    #[error("there is no log at {}; the process that writes it must have been started once", file.display())]
    Missing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// A newer program wrote it.
    #[error("{} has format {found}, but this program knows format {known}; use a newer program", file.display())]
    Newer {
        /// The log.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// It was made with another number of partitions than the one insisted upon.
    #[error("{} has {stored} partitions, not {asked}; their number is fixed when a log is made", file.display())]
    Partitions {
        /// The log.
        file: PathBuf,
        /// The number of partitions it has.
        stored: u16,
        /// The number asked for.
        asked: u16,
    },
    /// No log can have so many partitions, or none.
    #[error("a log has 1 to {most} partitions, not {asked}")]
    PartitionCount {
        /// The number asked for.
        asked: u16,
        /// The most.
        most: u16,
    },
    /// Something else stands there.
    #[error("{} is not a log of Tidings; use another folder, or move the file away", file.display())]
    NotTidings {
        /// The file.
        file: PathBuf,
    },
    /// It is a log, but not whole.
    #[error("{} is damaged ({cause}); bring it back from a backup", file.display())]
    Damaged {
        /// The log.
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

fn name(process: Option<u32>) -> String {
    process.map_or("another process".into(), |id| format!("process {id}"))
}

impl OpenError {
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let path = path.to_path_buf();
        match error.kind() {
            PermissionDenied | ReadOnlyFilesystem => Self::ReadOnly { path, cause: error.to_string() },
            StorageFull | QuotaExceeded => Self::Full { path },
            _ => Self::Failed { path, cause: error.to_string() },
        }
    }

    pub(crate) fn sqlite(file: &Path, error: &rusqlite::Error) -> Self {
        let (path, cause) = (file.to_path_buf(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotTidings { file: path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { file: path, cause },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path, cause },
            _ => Self::Failed { path, cause },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operating_system_says_becomes_what_to_do() {
        let says = |kind| OpenError::io(Path::new("data/log.sqlite"), &io::Error::from(kind)).to_string();
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
            assert!(says(kind).contains("data/log.sqlite cannot be written to"), "{}", says(kind));
            assert!(says(kind).contains("right to write"), "{}", says(kind));
        }
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            assert!(says(kind).contains("no room on the disk"), "{}", says(kind));
        }
    }
}
