//! Where a rebuild writes: a read model beside the one in use, until it takes its place.

#[cfg(feature = "servers")]
mod postgres;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::{ReadModel, ReadModelError};

#[cfg(feature = "servers")]
pub use postgres::PostgresShadows;
pub use sqlite::SqliteShadows;

/// The read models of one place, a generation each, of which one is in use.
#[async_trait]
pub trait Shadows: Send + Sync {
    /// Begins a rebuild: makes an empty read model beside the one in use, and clears away what earlier rebuilds
    /// left, but for the one in use. Whoever begins holds a lock that dies with its process.
    ///
    /// # Errors
    /// When another rebuild runs, or the place cannot be written to.
    async fn begin(&mut self) -> Result<Arc<dyn ReadModel>, ReadModelError>;

    /// The read model in use; `None` where there was never one.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn in_use(&self) -> Result<Option<Arc<dyn ReadModel>>, ReadModelError>;

    /// Makes the new read model, which was only fast to write so far, durable and fast to read.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn settle(&mut self) -> Result<(), ReadModelError>;

    /// Puts the new read model in the place of the one in use: at once, for all readers and writers.
    ///
    /// # Errors
    /// When it cannot; then the old one stays in use.
    async fn swap(&mut self) -> Result<(), ReadModelError>;
}

fn not_begun() -> ReadModelError {
    ReadModelError::Unfit("no rebuild was begun".into())
}
