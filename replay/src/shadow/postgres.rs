//! Generations as schemas of a PostgreSQL database.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::postgres::{PostgresReadModel, PostgresUrl, Rebuild, in_use};
use tidings_projections::{Checkpoint, Moment, ReadModel, ReadModelError};

use super::{Purpose, Shadows, not_begun};

/// The generations of a database. The lock is one of its server, and ends with the connection that holds it.
pub struct PostgresShadows {
    url: PostgresUrl,
    begun: Option<(Rebuild, PostgresReadModel)>,
}

impl PostgresShadows {
    /// Those of a database.
    pub fn new(url: PostgresUrl) -> Self {
        Self { url, begun: None }
    }

    /// Whether there is no schema of this name yet.
    pub(super) async fn is_free(&self, schema: &str) -> Result<bool, ReadModelError> {
        let (rebuild, _) = self.begun.as_ref().ok_or_else(not_begun)?;
        rebuild.is_free(schema).await
    }

    /// Lets the new read model stand for itself, in a schema of this name.
    pub(super) async fn keep_as(&mut self, schema: &str) -> Result<(), ReadModelError> {
        let (rebuild, _) = self.begun.take().ok_or_else(not_begun)?;
        rebuild.keep_as(schema).await
    }
}

#[async_trait]
impl Shadows for PostgresShadows {
    async fn begin(&mut self, purpose: Purpose) -> Result<Arc<dyn ReadModel>, ReadModelError> {
        let mut rebuild = Rebuild::lock(self.url.clone()).await?;
        match purpose {
            Purpose::Swap => rebuild.drop_others().await?,
            Purpose::Look => rebuild.drop_unfinished().await?,
        };
        let model = rebuild.begin().await?;
        self.begun = Some((rebuild, model.clone()));
        Ok(Arc::new(model))
    }

    async fn in_use(&self, group: &str) -> Result<Option<Box<dyn Moment>>, ReadModelError> {
        let Some(model) = in_use(&self.url).await? else { return Ok(None) };
        Ok(Some(Box::new(model.moment(group).await?)))
    }

    async fn moment(&self, group: &str) -> Result<Box<dyn Moment>, ReadModelError> {
        let (_, model) = self.begun.as_ref().ok_or_else(not_begun)?;
        Ok(Box::new(model.moment(group).await?))
    }

    async fn settle(&mut self) -> Result<(), ReadModelError> {
        match &self.begun {
            Some((_, model)) => model.settle().await,
            None => Err(not_begun()),
        }
    }

    async fn hold(&mut self, group: &str) -> Result<Option<Checkpoint>, ReadModelError> {
        let (rebuild, _) = self.begun.as_mut().ok_or_else(not_begun)?;
        rebuild.hold(group).await
    }

    async fn swap(&mut self) -> Result<bool, ReadModelError> {
        let (rebuild, _) = self.begun.as_mut().ok_or_else(not_begun)?;
        let swapped = rebuild.try_swap().await?;
        if swapped && let Some((rebuild, _)) = self.begun.take() {
            // It is swapped in, whatever becomes of the lock, which ends with the connection.
            let _ = rebuild.unlock().await;
        }
        Ok(swapped)
    }

    async fn discard(&mut self) -> Result<(), ReadModelError> {
        match self.begun.take() {
            Some((rebuild, _)) => rebuild.discard().await,
            None => Ok(()),
        }
    }

    async fn drop_old(&mut self) -> Result<usize, ReadModelError> {
        let rebuild = Rebuild::lock(self.url.clone()).await?;
        let dropped = rebuild.drop_others().await?;
        rebuild.unlock().await?;
        Ok(dropped)
    }
}
