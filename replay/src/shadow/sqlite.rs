//! Generations as SQLite files in a folder.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::sqlite::{Generations, Hold, SqliteReadModel};
use tidings_projections::{Checkpoint, Moment, ReadModel, ReadModelError};

use super::{Purpose, Shadows, not_begun};

/// The generations of SQLite files in a folder.
pub struct SqliteShadows {
    generations: Generations,
    begun: Option<Begun>,
}

/// The generation being made.
struct Begun {
    generation: u64,
    model: SqliteReadModel,
    /// Of the one in use, while it is kept where it is.
    hold: Option<Hold>,
    _lock: File,
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
    async fn begin(&mut self, purpose: Purpose) -> Result<Arc<dyn ReadModel>, ReadModelError> {
        let lock = self.lock()?;
        match purpose {
            Purpose::Swap => self.generations.drop_others(),
            Purpose::Look => self.generations.drop_unfinished(),
        }
        .map_err(failed)?;
        let generation = self.generations.next().map_err(failed)?;
        let model = SqliteReadModel::open_shadow(self.generations.folder(), generation)?;
        self.begun = Some(Begun { generation, model: model.clone(), hold: None, _lock: lock });
        Ok(Arc::new(model))
    }

    async fn in_use(&self, group: &str) -> Result<Option<Box<dyn Moment>>, ReadModelError> {
        let Some(current) = self.generations.current().map_err(failed)? else { return Ok(None) };
        let model = SqliteReadModel::open_generation(self.generations.folder(), current)?;
        Ok(Some(Box::new(model.moment(group).await?)))
    }

    async fn moment(&self, group: &str) -> Result<Box<dyn Moment>, ReadModelError> {
        let begun = self.begun.as_ref().ok_or_else(not_begun)?;
        Ok(Box::new(begun.model.moment(group).await?))
    }

    async fn settle(&mut self) -> Result<(), ReadModelError> {
        match &self.begun {
            Some(begun) => begun.model.settle().await,
            None => Err(not_begun()),
        }
    }

    async fn hold(&mut self, group: &str) -> Result<Option<Checkpoint>, ReadModelError> {
        let begun = self.begun.as_mut().ok_or_else(not_begun)?;
        begun.hold = None;
        begun.hold = Hold::begin(&self.generations, group).await?;
        Ok(begun.hold.as_ref().map(|hold| hold.checkpoint().clone()))
    }

    async fn swap(&mut self) -> Result<bool, ReadModelError> {
        let begun = self.begun.as_mut().ok_or_else(not_begun)?;
        let switched = self.generations.switch_to(begun.generation);
        begun.hold = None;
        switched.map_err(failed)?;
        self.begun = None;
        Ok(true)
    }

    async fn discard(&mut self) -> Result<(), ReadModelError> {
        let Some(begun) = self.begun.take() else { return Ok(()) };
        self.generations.drop_one(begun.generation).map_err(failed)
    }

    async fn drop_old(&mut self) -> Result<usize, ReadModelError> {
        let _lock = self.lock()?;
        self.generations.drop_others().map_err(failed)
    }
}
