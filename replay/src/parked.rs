//! Events that could not be applied: listed, and tried again once what was wrong is mended.

use std::sync::Arc;

use tidings_domain::{Position, Recorded};
use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{Group, Parked, Projector, ProjectorError, ReadModel, ReadModelError, Retried};

/// The parked events of a group, in the order of the log for each stream.
///
/// # Errors
/// When the read model does not answer.
pub async fn list_parked(model: &dyn ReadModel, group: &Group) -> Result<Vec<Parked>, ReadModelError> {
    model.parked(group.name).await
}

/// Tries the parked events of a group again, each stream in order up to the first that still fails.
///
/// # Errors
/// When log or read model fail.
pub async fn retry_parked(
    store: &EventStore,
    model: Arc<dyn ReadModel>,
    group: Group,
) -> Result<Retried, ProjectorError> {
    let mut projector = Projector::attach(model, group, store.partitions()).await?;
    projector.retry_parked(|position| commit_at(store, position)).await
}

async fn commit_at(store: &EventStore, position: Position) -> Result<Vec<Arc<Recorded>>, ReadError> {
    let slice = store.read_partition(position.partition, position.number.saturating_sub(1), 1).await?;
    Ok(slice.commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect())
}
