//! What a projection is, and a group of them.

use std::sync::Arc;

use tidings_domain::{DecodeError, Recorded};

use crate::{Changes, Table};

/// A pure function from a recorded event to row changes. It never reads.
///
/// Order is promised within a stream, not across streams: a column is set only from one stream, and what
/// several streams change is a counter. A counter on a row that is not there makes a stub, which queries do
/// not show; so a row is marked as deleted rather than deleted where other streams may count on it.
pub trait Projection: Send + Sync {
    /// Its name, such as `posts`: where it cannot apply an event, the reason begins with it.
    fn name(&self) -> &'static str;

    /// The tables that it fills, and no other fills.
    fn tables(&self) -> &'static [Table];

    /// What an event changes. Events that do not concern it change nothing.
    ///
    /// # Errors
    /// When an event that concerns it cannot be understood. It is then parked, and later events of its stream
    /// after it.
    fn project(&self, event: &Recorded, changes: &mut Changes) -> Result<(), ProjectError>;
}

/// An event that concerns a projection cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// It cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It makes no sense here.
    #[error("{0}")]
    Senseless(String),
}

/// A projection of a group cannot apply an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{projection}: {error}")]
pub struct Unprojected {
    /// The projection's name.
    pub projection: &'static str,
    /// Why it cannot.
    #[source]
    pub error: ProjectError,
}

/// Projections that share a checkpoint for each partition.
#[derive(Clone)]
pub struct Group {
    /// Its name, such as `social`.
    pub name: &'static str,
    /// Its projections.
    pub projections: Vec<Arc<dyn Projection>>,
}

impl Group {
    /// The tables of all its projections.
    pub fn tables(&self) -> Vec<Table> {
        self.projections.iter().flat_map(|p| p.tables()).copied().collect()
    }

    /// What an event changes in all its projections together.
    ///
    /// # Errors
    /// When one of them cannot apply it; then it changes nothing in any.
    pub fn project(&self, event: &Recorded) -> Result<Changes, Unprojected> {
        let mut changes = Changes::default();
        for projection in &self.projections {
            let projected = projection.project(event, &mut changes);
            projected.map_err(|error| Unprojected { projection: projection.name(), error })?;
        }
        Ok(changes)
    }
}
