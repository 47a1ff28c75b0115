//! A read model in memory, without threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tidings_domain::{Origin, Position, Timestamp};
use tokio::sync::watch;

use crate::generation::first_epoch;
use crate::{
    ApplyError, Checkpoint, Group, Moved, Parked, ReadModel, ReadModelError, Reader, Rows, Select, Step,
    Strange, StrangeKind,
};

use super::schema::Indexes;
use super::{connect, schema, store, strange};

/// A read model in memory which works while the caller waits: for tests, and for simulations, which threads
/// would make different every time. Clones share it.
///
/// ```
/// use tidings_projections::{ReadModel, Reader, social, sqlite::InMemory};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let model = InMemory::new()?;
/// model.attach(&social::group(), 2.into()).await?;
/// assert_eq!(Reader::checkpoint(&model, "social").await?.numbers, [0, 0]);
/// # Ok::<(), tidings_projections::ReadModelError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct InMemory {
    connection: Arc<Mutex<Connection>>,
    moved: Arc<watch::Sender<()>>,
}

/// A wake-up may have come before the wait for it.
const POLL: Duration = Duration::from_millis(20);

impl InMemory {
    /// An empty one.
    ///
    /// # Errors
    /// When SQLite has no memory.
    pub fn new() -> Result<Self, ReadModelError> {
        let connection = connect::in_memory()?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), moved: Arc::new(watch::channel(()).0) })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ReadModel for InMemory {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        schema::attach(&mut self.lock(), group, origin, first_epoch(1), Indexes::Now)
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        store::checkpoint(&self.lock(), group)
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        store::apply(&mut self.lock(), group, step, || true)?;
        self.moved.send_replace(());
        Ok(())
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        store::parked(&self.lock(), group)
    }

    async fn note_strange(
        &self,
        group: &str,
        strange: &[Strange],
        now: Timestamp,
    ) -> Result<(), ReadModelError> {
        strange::note(&self.lock(), group, strange, now)
    }

    async fn strange(&self, group: &str) -> Result<Vec<StrangeKind>, ReadModelError> {
        strange::list(&self.lock(), group)
    }

    async fn clear_strange(
        &self,
        group: &str,
        cause: Option<&str>,
    ) -> Result<Vec<StrangeKind>, ReadModelError> {
        strange::clear(&self.lock(), group, cause)
    }
}

#[async_trait]
impl Reader for InMemory {
    async fn select(
        &self,
        group: &str,
        after: &[Position],
        select: &Select,
    ) -> Result<Option<Rows>, ReadModelError> {
        let connection = self.lock();
        let numbers = store::numbers(&connection, group).map_err(|e| connect::unreadable(&e))?;
        if !store::has_seen(&numbers, after) {
            return Ok(None);
        }
        store::select(&connection, select).map(Some)
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        store::checkpoint(&self.lock(), group)
    }

    fn moved(&self) -> Moved<'_> {
        let mut moved = self.moved.subscribe();
        Box::pin(async move {
            let _ = tokio::time::timeout(POLL, moved.changed()).await;
        })
    }
}
