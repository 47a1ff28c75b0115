//! A read model in a schema of its own, which takes no part in live projection.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::postgres::PostgresUrl;
use tidings_projections::{Checkpoint, Moment, ReadModel, ReadModelError};

use super::postgres::PostgresShadows;
use super::{Purpose, Shadows};

/// The schema `tidings_at_<name>` of a database: what is built becomes it, and never the read model in use.
pub struct PostgresAside {
    shadows: PostgresShadows,
    schema: String,
}

/// The longest name; PostgreSQL cuts longer ones off.
const LONGEST: usize = 40;

impl PostgresAside {
    /// Under a name of small letters, digits and `_`.
    ///
    /// # Errors
    /// When the name is of another form.
    pub fn new(url: PostgresUrl, name: &str) -> Result<Self, ReadModelError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(plain) {
            return Err(ReadModelError::Unfit(format!(
                "`{name}` is no name for a schema; take 1 to {LONGEST} of a-z, 0-9 and _"
            )));
        }
        Ok(Self { shadows: PostgresShadows::new(url), schema: format!("tidings_at_{name}") })
    }

    /// The schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }
}

#[async_trait]
impl Shadows for PostgresAside {
    async fn begin(&mut self, _: Purpose) -> Result<Arc<dyn ReadModel>, ReadModelError> {
        let model = self.shadows.begin(Purpose::Look).await?;
        if self.shadows.is_free(&self.schema).await? {
            return Ok(model);
        }
        self.shadows.discard().await?;
        let cause = format!("there is a schema {} already; drop it, or take another name", self.schema);
        Err(ReadModelError::Unfit(cause))
    }

    async fn in_use(&self, group: &str) -> Result<Option<Box<dyn Moment>>, ReadModelError> {
        self.shadows.in_use(group).await
    }

    async fn moment(&self, group: &str) -> Result<Box<dyn Moment>, ReadModelError> {
        self.shadows.moment(group).await
    }

    async fn settle(&mut self) -> Result<(), ReadModelError> {
        self.shadows.settle().await
    }

    async fn hold(&mut self, _: &str) -> Result<Option<Checkpoint>, ReadModelError> {
        // Nothing takes its place.
        Ok(None)
    }

    async fn swap(&mut self) -> Result<bool, ReadModelError> {
        self.shadows.keep_as(&self.schema).await?;
        Ok(true)
    }

    async fn discard(&mut self) -> Result<(), ReadModelError> {
        self.shadows.discard().await
    }

    async fn drop_old(&mut self) -> Result<usize, ReadModelError> {
        self.shadows.drop_old().await
    }
}
