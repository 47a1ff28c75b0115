//! Rebuilds read models from the log alone, beside the running ones, proves them, and swaps them in.

mod build;
mod commands;
mod compare;
mod export;
mod import;
mod kinds;
mod live;
mod log_file;
mod merge;
mod options;
mod parked;
mod patient;
mod progress;
mod publish;
mod rebuild;
mod shadow;
mod side_by_side;
mod strange;
mod stream;
mod swap;
mod targets;
mod verify_log;

#[doc(hidden)]
pub mod private {
    //! What the fuzz targets need of the inside.
    pub use crate::log_file::{read_commit, write_commit};
}

pub use commands::{CommandError, cancel_command, list_commands, retry_command};
pub use compare::{Cell, Comparison, Difference, Digest, Kind, TableComparison, compare};
pub use export::{ExportError, Exported, Overwrite, export};
pub use import::{ImportError, ImportOptions, Imported, ProvenFile, import, partitions_of, prove};
pub use kinds::knows_event;
pub use log_file::LogFileError;
pub use options::Options;
pub use parked::{
    ParkedError, ParkedId, ParkedIdError, ShownParked, Skipped, list_parked, retry_parked, show_parked,
    skip_parked,
};
pub use patient::PatientLog;
pub use progress::Progress;
pub use publish::{PublishError, PublishOptions, Published, publish};
pub use rebuild::{Proof, Rebuild, RebuildError, Rebuilt, Spent, Swap};
#[cfg(feature = "servers")]
pub use shadow::{PostgresAside, PostgresShadows};
pub use shadow::{Purpose, Shadows, SqliteShadows};
pub use strange::{StrangeError, clear_strange, list_strange};
pub use stream::{StateAt, StreamError, Unreadable as UnreadableEvent, stream_at};
pub use targets::{AtError, at_positions, at_time};
pub use verify_log::{LogReport, SharedCommands, Unreadable, verify_log};
