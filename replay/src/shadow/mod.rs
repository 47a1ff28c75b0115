//! Where a rebuild writes: a read model beside the one in use, until it takes its place.

#[cfg(feature = "servers")]
mod aside;
#[cfg(feature = "servers")]
mod postgres;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::{Checkpoint, Moment, ReadModel, ReadModelError};

#[cfg(feature = "servers")]
pub use aside::PostgresAside;
#[cfg(feature = "servers")]
pub use postgres::PostgresShadows;
pub use sqlite::SqliteShadows;

/// What a new read model is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To take the place of the one in use. What earlier rebuilds left is cleared away, that which was in use before
    /// too.
    Swap,
    /// To be looked at, and then discarded. What was in use before is left as it is.
    Look,
}

/// The read models of one place, a generation each, of which one is in use.
#[async_trait]
pub trait Shadows: Send + Sync {
    /// Begins a rebuild: makes an empty read model beside the one in use. Whoever begins holds a lock that dies with its
    /// process.
    ///
    /// # Errors
    /// When another rebuild runs, or the place cannot be written to.
    async fn begin(&mut self, purpose: Purpose) -> Result<Arc<dyn ReadModel>, ReadModelError>;

    /// All that a group has now in the read model in use; `None` where there was never one. Of a group that was never
    /// attached the checkpoint is empty.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn in_use(&self, group: &str) -> Result<Option<Box<dyn Moment>>, ReadModelError>;

    /// All that a group has now in the new read model, which is settled.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn moment(&self, group: &str) -> Result<Box<dyn Moment>, ReadModelError>;

    /// Makes the new read model, which was only fast to write so far, durable and fast to read.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn settle(&mut self) -> Result<(), ReadModelError>;

    /// Keeps the read model in use where it is, until the [swap](Self::swap), and tells where a group stands in it: writers
    /// wait meanwhile, readers do not. `None` where there was never one. Of a group that was never attached the checkpoint
    /// is empty.
    ///
    /// # Errors
    /// When others write to it for seconds, or it cannot be opened.
    async fn hold(&mut self, group: &str) -> Result<Option<Checkpoint>, ReadModelError>;

    /// Puts the new read model in the place of the one in use: at once, for all readers and writers. `false` where
    /// somebody is in the way for the moment. What was held is let go.
    ///
    /// # Errors
    /// When it cannot; then the old one stays in use, unless the connection broke under the very swap.
    async fn swap(&mut self) -> Result<bool, ReadModelError>;

    /// Throws the new read model away, and gives the lock back. Nothing happens where none was begun.
    ///
    /// # Errors
    /// When it cannot be removed; the next rebuild will.
    async fn discard(&mut self) -> Result<(), ReadModelError>;

    /// Removes all but the read model in use: the one that was in use before, and what rebuilds that were killed have
    /// left. Tells how many that were.
    ///
    /// # Errors
    /// When a rebuild runs, or they cannot be removed.
    async fn drop_old(&mut self) -> Result<usize, ReadModelError>;
}

fn not_begun() -> ReadModelError {
    ReadModelError::Unfit("no rebuild was begun".into())
}
