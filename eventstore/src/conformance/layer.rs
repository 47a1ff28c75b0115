//! A log over another that differs from it in a little.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_domain::StreamId;
use uuid::Uuid;

use crate::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice};

/// What a [`Layered`] log does otherwise than the one under it; all else is passed on.
///
/// ```
/// use std::sync::Arc;
/// use async_trait::async_trait;
/// use tidings_eventstore::conformance::{Layer, Layered};
/// use tidings_eventstore::{Batch, InsertError, Log, MemoryLog};
///
/// /// Takes nothing.
/// struct Full(MemoryLog);
///
/// #[async_trait]
/// impl Layer for Full {
///     fn under(&self) -> Arc<dyn Log> {
///         Arc::new(self.0.clone())
///     }
///     async fn insert(&self, _: &[Batch]) -> Result<Vec<usize>, InsertError> {
///         Err(InsertError::Refused("it is full".into()))
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let log = Layered(Full(MemoryLog::new(8)));
/// assert_eq!((log.shape().partitions, log.insert(&[]).await.is_err()), (8, true));
/// # });
/// ```
#[async_trait]
pub trait Layer: Send + Sync {
    /// The log under it.
    fn under(&self) -> Arc<dyn Log>;

    /// As [`Log::shape`].
    fn shape(&self) -> Shape {
        self.under().shape()
    }

    /// As [`Log::is_shared`].
    fn is_shared(&self) -> bool {
        self.under().is_shared()
    }

    /// As [`Log::insert`].
    ///
    /// # Errors
    /// As there.
    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.under().insert(batches).await
    }

    /// As [`Log::read_partition`].
    ///
    /// # Errors
    /// As there.
    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.under().read_partition(partition, after, limit).await
    }

    /// As [`Log::find_command`].
    ///
    /// # Errors
    /// As there.
    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.under().find_command(partition, command).await
    }
}

/// A layer as a log.
pub struct Layered<L>(pub L);

#[async_trait]
impl<L: Layer> Log for Layered<L> {
    fn shape(&self) -> Shape {
        self.0.shape()
    }

    fn identity(&self) -> Option<Uuid> {
        self.0.under().identity()
    }

    fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    async fn check_identity(&self) -> Result<(), ReadError> {
        self.0.under().check_identity().await
    }

    fn check(&self, commit: &Commit) -> Result<(), String> {
        self.0.under().check(commit)
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.0.insert(batches).await
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.0.under().read_stream(stream, version, limit).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.0.read_partition(partition, after, limit).await
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.0.under().head(partition).await
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.0.under().version(stream).await
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.0.find_command(partition, command).await
    }
}
