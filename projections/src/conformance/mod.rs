//! The promises of [`ReadModel`] and [`Reader`] as tests that any adapter runs.
//!
//! ```
//! use std::sync::Arc;
//! use tidings_projections::conformance::{self, Opened, Subject};
//! use tidings_projections::sqlite::{SqliteReadModel, SqliteReader};
//!
//! struct Folder(tempfile::TempDir);
//!
//! #[async_trait::async_trait]
//! impl Subject for Folder {
//!     async fn open(&self) -> Opened {
//!         let model = SqliteReadModel::open(self.0.path()).unwrap();
//!         let reader = SqliteReader::open(self.0.path()).unwrap();
//!         Opened { model: Arc::new(model), reader: Arc::new(reader) }
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! conformance::run(|| Folder(tempfile::tempdir().unwrap())).await;
//! # });
//! ```
//!
//! An adapter whose read models can be rebuilt beside the one in use also gives
//! [`begin_rebuild`](Subject::begin_rebuild) and [`finish_rebuild`](Subject::finish_rebuild).

mod reading;
mod switching;
mod things;
mod writing;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{ReadModel, Reader};

/// A store under test, empty when it is made.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Opens the store, also when it is open already, as another process would.
    async fn open(&self) -> Opened;

    /// Makes a generation beside the one in use; `None` where the adapter has no generations.
    async fn begin_rebuild(&self) -> Option<Arc<dyn ReadModel>> {
        None
    }

    /// Switches to the generation made last.
    async fn finish_rebuild(&self) {}
}

/// An open store.
#[derive(Clone)]
pub struct Opened {
    /// To write.
    pub model: Arc<dyn ReadModel>,
    /// To read.
    pub reader: Arc<dyn Reader>,
}

/// Runs every check, each on a store of its own.
///
/// # Panics
/// When a promise is broken; the message says which.
pub async fn run<S: Subject>(fresh: impl Fn() -> S) {
    writing::rows_and_checkpoint_move_together(&fresh()).await;
    writing::a_step_from_elsewhere_changes_nothing(&fresh()).await;
    writing::racing_writers_apply_each_step_once(&fresh()).await;
    writing::rows_become_what_the_changes_say(&fresh()).await;
    writing::unfit_rows_are_told_apart(&fresh()).await;
    writing::parked_events_are_kept_in_order(&fresh()).await;
    writing::strange_records_are_counted_once_each_kind_by_itself(&fresh()).await;
    writing::strange_records_that_were_cleared_are_counted_no_more(&fresh()).await;
    writing::what_was_stored_is_there_when_opened_again(&fresh()).await;
    writing::a_group_is_of_one_log(&fresh()).await;
    writing::tables_of_another_shape_are_refused(&fresh()).await;
    reading::cells_come_back_as_they_were(&fresh()).await;
    reading::nothing_older_than_asked_for_is_read(&fresh()).await;
    reading::rows_and_checkpoint_are_of_one_moment(&fresh()).await;
    reading::a_waiting_reader_is_woken(&fresh()).await;
    switching::readers_and_writers_follow_a_switch(&fresh()).await;
    switching::a_writer_does_not_follow_to_another_log(&fresh()).await;
}
