//! Where a rebuild writes: a read model beside the one in use, until it takes its place.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::sqlite::{Generations, SqliteReadModel};
use tidings_projections::{ReadModel, ReadModelError};

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

    /// Puts the new read model in the place of the one in use: at once, for all readers and writers.
    ///
    /// # Errors
    /// When it cannot; then the old one stays in use.
    async fn swap(&mut self) -> Result<(), ReadModelError>;
}

/// The generations of SQLite files in a folder.
pub struct SqliteShadows {
    generations: Generations,
    /// The generation being made, and the lock.
    begun: Option<(u64, File)>,
}

impl SqliteShadows {
    /// Those of a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { generations: Generations::new(folder), begun: None }
    }

    fn lock(&self) -> Result<File, ReadModelError> {
        let folder = self.generations.folder();
        std::fs::create_dir_all(folder).map_err(failed)?;
        let file = folder.join("rebuild.lock");
        let lock = File::create(&file).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => {
                let folder = folder.display();
                Err(ReadModelError::Unavailable(format!("another rebuild of {folder} is running")))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

fn failed(error: std::io::Error) -> ReadModelError {
    ReadModelError::Unavailable(error.to_string())
}

#[async_trait]
impl Shadows for SqliteShadows {
    async fn begin(&mut self) -> Result<Arc<dyn ReadModel>, ReadModelError> {
        let lock = self.lock()?;
        self.generations.drop_others().map_err(failed)?;
        let generation = self.generations.next().map_err(failed)?;
        self.begun = Some((generation, lock));
        Ok(Arc::new(SqliteReadModel::open_generation(self.generations.folder(), generation)?))
    }

    async fn in_use(&self) -> Result<Option<Arc<dyn ReadModel>>, ReadModelError> {
        let Some(current) = self.generations.current().map_err(failed)? else { return Ok(None) };
        Ok(Some(Arc::new(SqliteReadModel::open_generation(self.generations.folder(), current)?)))
    }

    async fn swap(&mut self) -> Result<(), ReadModelError> {
        match self.begun.take() {
            Some((generation, _lock)) => self.generations.switch_to(generation).map_err(failed),
            None => Err(ReadModelError::Unfit("no rebuild was begun".into())),
        }
    }
}
