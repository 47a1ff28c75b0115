//! Why a file of a log cannot be written or read, with what to do about it.

use std::path::PathBuf;

use tidings_domain::Position;
use tidings_eventstore::Flaw;

/// Why a file of a log cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogFileError {
    /// It cannot be opened, written or read: no such file, no right, a full disk.
    #[error("{}: {cause}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// There is a file of this name.
    #[error("{} is there already; name another file, or pass --overwrite", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// Another process writes it.
    #[error("another export to {} is running", file.display())]
    InUse {
        /// The file.
        file: PathBuf,
    },
    /// It is something else.
    #[error("{} is no export of a log: {cause}; name a file that `replay export` wrote", file.display())]
    NotALog {
        /// The file.
        file: PathBuf,
        /// What is wrong with its first line.
        cause: String,
    },
    /// A newer program wrote it.
    #[error("{} is of format version {found}, and this program knows {known}; import it with the program that \
             exported it, or a newer one", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// The version found.
        found: u32,
        /// The version that this program knows.
        known: u32,
    },
    /// It ends before its last line.
    #[error("{} was cut off: it ends after line {line}, without its last line; take another copy of it, or export \
             again", file.display())]
    CutOff {
        /// The file.
        file: PathBuf,
        /// The last whole line, from 1.
        line: u64,
    },
    /// A line is not what was written.
    #[error("{} is damaged at line {line}: {cause}; take another copy of it, or export again", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong there.
        cause: String,
    },
    /// A commit is not as it was in the log.
    #[error("{} is damaged at line {line}: at {position}, {flaw}; take another copy of it, or export again", file.display())]
    Flawed {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The commit.
        position: Position,
        /// What is wrong with it.
        flaw: Flaw,
    },
}
