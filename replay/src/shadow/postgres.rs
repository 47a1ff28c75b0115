//! Generations as schemas of a PostgreSQL database.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::postgres::{PostgresReadModel, PostgresUrl, Rebuild, in_use};
use tidings_projections::{ReadModel, ReadModelError};

use super::{Shadows, not_begun};

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
}

#[async_trait]
impl Shadows for PostgresShadows {
    async fn begin(&mut self) -> Result<Arc<dyn ReadModel>, ReadModelError> {
        let rebuild = Rebuild::begin(self.url.clone()).await?;
        let model = rebuild.shadow();
        self.begun = Some((rebuild, model.clone()));
        Ok(Arc::new(model))
    }

    async fn in_use(&self) -> Result<Option<Arc<dyn ReadModel>>, ReadModelError> {
        let model = in_use(&self.url).await?;
        Ok(model.map(|model| Arc::new(model) as Arc<dyn ReadModel>))
    }

    async fn settle(&mut self) -> Result<(), ReadModelError> {
        match &self.begun {
            Some((_, model)) => model.settle().await,
            None => Err(not_begun()),
        }
    }

    async fn swap(&mut self) -> Result<(), ReadModelError> {
        let (rebuild, _) = self.begun.take().ok_or_else(not_begun)?;
        rebuild.swap().await
    }
}
