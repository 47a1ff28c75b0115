//! Records on the bus that are no events of the log: listed, and cleared once somebody has seen to them.

use tidings_projections::{Group, ReadModel, ReadModelError, StrangeKind};

/// Why no records were cleared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrangeError {
    /// There are none of this cause.
    #[error("there are no strange records of the cause `{0}`; see: replay strange list")]
    Missing(String),
    /// The read model does not work.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
}

/// The records on the bus that are no events, by partition and cause, as far as nobody has cleared them.
///
/// # Errors
/// When the read model does not answer.
pub async fn list_strange(model: &dyn ReadModel, group: &Group) -> Result<Vec<StrangeKind>, ReadModelError> {
    model.strange(group.name).await
}

/// Clears those of one cause, or all, and tells what they were. Alarms count them no more, and those that come after them
/// anew.
///
/// # Errors
/// When there are none of this cause, or the read model does not answer.
pub async fn clear_strange(
    model: &dyn ReadModel,
    group: &Group,
    cause: Option<&str>,
) -> Result<Vec<StrangeKind>, StrangeError> {
    let cleared = model.clear_strange(group.name, cause).await?;
    match cause {
        Some(cause) if cleared.is_empty() => Err(StrangeError::Missing(cause.to_owned())),
        _ => Ok(cleared),
    }
}
