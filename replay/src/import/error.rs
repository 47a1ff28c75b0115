//! Why a file was not imported, with what to do about it.

use tidings_domain::{Position, StreamId};
use tidings_eventstore::ReadError;
use uuid::Uuid;

use crate::log_file::LogFileError;

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read, or is not whole. Nothing was written, unless it was changed meanwhile.
    #[error(transparent)]
    File(#[from] LogFileError),
    /// The target cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The target holds something else. Nothing was written.
    #[error(
        "the target holds another log: {cause}; import into one that is empty, or that holds the beginning of this \
             very import"
    )]
    Other {
        /// What tells so.
        cause: String,
    },
    /// The target can never take this commit. Nothing was written, unless the target was made for this import.
    #[error("the target does not take {position} of the file's log, of {stream}: {cause}")]
    Unfit {
        /// Where it would stand.
        position: Position,
        /// Its stream.
        stream: StreamId,
        /// Why not.
        cause: String,
    },
    /// Somebody else writes to the target.
    #[error(
        "another program writes to the target: {position} is not of the file; stop it, empty the target, and import \
             again"
    )]
    Conflict {
        /// What it wrote.
        position: Position,
    },
    /// A stream's versions in the file have a gap, or go on twice.
    #[error("the file's log is not as a log is: {stream} goes on at version {found} after version {version}")]
    Version {
        /// The stream.
        stream: StreamId,
        /// Where it was.
        version: u64,
        /// Where it goes on.
        found: u64,
    },
    /// A command made commits on streams that were in several partitions, and would meet in one.
    #[error(
        "command {command} made two commits, the second on {stream}, and both would be in partition {partition}, \
             where a command is once; empty the target and import into another number of partitions"
    )]
    Command {
        /// The command.
        command: Uuid,
        /// The stream of the second.
        stream: StreamId,
        /// Where they would meet.
        partition: u16,
    },
    /// The target took no more for some time. What is there is right.
    #[error("the target takes no more: {0}; what it holds is right, and the same import goes on from there")]
    Target(String),
    /// At the end the target is not what the file is.
    #[error(
        "partition {partition} of the target ends with {found} and not with {wanted}; somebody else wrote to it: \
             empty it and import again"
    )]
    Unequal {
        /// The partition.
        partition: u16,
        /// The position and hash that it ends with.
        found: String,
        /// Those that it should.
        wanted: String,
    },
    /// What read the file stopped, which is a fault of this program.
    #[error("the file is no longer read: {0}")]
    Stopped(String),
}
