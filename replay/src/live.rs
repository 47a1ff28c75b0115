//! The read model in use, as something that a new one can be compared with.

use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{Moment, ReadModelError, made_from};

use crate::Shadows;
use crate::rebuild::RebuildError;
use crate::targets::heads;

/// What is in use.
pub(crate) enum Live {
    /// A read model of this log.
    At(Box<dyn Moment>),
    /// None, or one that has nothing to lose: why.
    Nothing(String),
    /// One that cannot be compared with what this log makes: why.
    Impossible(String),
}

/// The read model in use, now.
pub(crate) async fn live(
    shadows: &dyn Shadows,
    store: &EventStore,
    group: &str,
) -> Result<Live, RebuildError> {
    let live = match shadows.in_use(group).await {
        Ok(Some(live)) => live,
        Ok(None) => return Ok(Live::Nothing("there was no read model in use".into())),
        Err(ReadModelError::Unfit(cause)) => return Ok(Live::Impossible(cause)),
        Err(error) => return Err(error.into()),
    };
    let numbers = &live.checkpoint().numbers;
    if numbers.is_empty() {
        return Ok(Live::Nothing(format!("the read model in use has no group {group}")));
    }
    if numbers.iter().all(|number| *number == 0) {
        return Ok(Live::Nothing("the read model in use has seen nothing yet".into()));
    }
    match of_another_log(store, numbers).await? {
        Some(why) => Ok(Live::Impossible(why)),
        None => Ok(Live::At(live)),
    }
}

/// Why a read model that stands there was not made from this log.
pub(crate) async fn of_another_log(store: &EventStore, numbers: &[u64]) -> Result<Option<String>, ReadError> {
    let (made, partitions) = (numbers.len(), usize::from(store.partitions()));
    if made != partitions {
        return Ok(Some(format!(
            "the read model in use was made for {made} partitions, the log has {partitions}"
        )));
    }
    // One beyond the log's end, as after a backup was brought back.
    let heads = heads(store).await?;
    let beyond = (0u16..).zip(numbers.iter().zip(&heads)).find(|(_, (seen, head))| seen > head);
    Ok(beyond.map(|(partition, (seen, head))| {
        format!(
            "the read model in use has seen commit {seen} of partition {partition}, but the log ends at {head}"
        )
    }))
}

/// Says so where the read model in use is of a log with another id: a person may have named the wrong one, and where nothing
/// is wrong this is the last that they hear of it.
pub(crate) async fn note_another_log(
    live: &mut dyn Moment,
    store: &EventStore,
    group: &str,
) -> Result<(), ReadModelError> {
    if let (Some(made_from), Some(log)) = (made_from(live, group).await?, store.origin().log)
        && made_from != log
    {
        tracing::warn!(
            "the read model in use was made from the log {made_from}, and this one is {log}: look at --store and --views, \
             unless it is the same log, brought back by `replay import`"
        );
    }
    Ok(())
}
