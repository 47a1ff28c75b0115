//! Rebuilds read models from the log alone, beside the running ones, and swaps them in.

mod export;
mod import;
mod kinds;
mod log_file;
mod merge;
mod parked;
mod progress;
mod publish;
mod rebuild;
mod shadow;
mod stream;
mod verify_log;

pub use export::{ExportError, Exported, Overwrite, export};
pub use import::{ImportError, ImportOptions, Imported, import, partitions_of};
pub use kinds::knows_event;
pub use log_file::LogFileError;
pub use parked::{
    ParkedError, ParkedId, ParkedIdError, ShownParked, Skipped, list_parked, retry_parked, show_parked,
    skip_parked,
};
pub use progress::Progress;
pub use publish::{PublishError, PublishOptions, Published, publish};
pub use rebuild::{Options, RebuildError, Rebuilt, rebuild};
#[cfg(feature = "servers")]
pub use shadow::PostgresShadows;
pub use shadow::{Shadows, SqliteShadows};
pub use stream::{StateAt, StreamError, Unreadable as UnreadableEvent, stream_at};
pub use verify_log::{LogReport, SharedCommands, Unreadable, verify_log};
