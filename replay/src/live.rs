//! The read model in use, as something that a new one can be compared with.

use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{Checkpoint, Moment, ReadModelError, Strayed, check_history, made_from};
use uuid::Uuid;

use crate::Shadows;
use crate::rebuild::RebuildError;

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
    let mut live = match shadows.in_use(group).await {
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
    match of_another_log(store, live.checkpoint()).await? {
        Some(why) => Ok(Live::Impossible(match other_ids(&mut *live, store, group).await? {
            Some((made_from, log)) => {
                format!("{why} (it was made from the log {made_from}, and this one is {log})")
            }
            None => why,
        })),
        None => Ok(Live::At(live)),
    }
}

/// Why a read model that stands there was not made from this log.
pub(crate) async fn of_another_log(store: &EventStore, at: &Checkpoint) -> Result<Option<String>, ReadError> {
    let (made, partitions) = (at.numbers.len(), usize::from(store.partitions()));
    if made != partitions {
        return Ok(Some(format!(
            "the read model in use was made for {made} partitions, the log has {partitions}"
        )));
    }
    Ok(strayed(store, at).await?.map(|strayed| strayed.to_string()))
}

/// What it has seen and the log does not have.
pub(crate) async fn strayed(store: &EventStore, at: &Checkpoint) -> Result<Option<Strayed>, ReadError> {
    let id_at = |position| async move { Ok(store.commit_at(position).await?.map(|commit| commit.id)) };
    check_history(at, id_at).await
}

/// Says so where the read model in use is of a log with another id: a person may have named the wrong one, and where nothing
/// is wrong this is the last that they hear of it.
pub(crate) async fn note_another_log(
    live: &mut dyn Moment,
    store: &EventStore,
    group: &str,
) -> Result<(), ReadModelError> {
    if let Some((made_from, log)) = other_ids(live, store, group).await? {
        tracing::warn!(
            "the read model in use was made from the log {made_from}, and this one is {log}: look at --store and --views, \
             unless it is the same log, brought back by `replay import`"
        );
    }
    Ok(())
}

/// The ids of the log that it was made from and of this one, where they are not the same.
async fn other_ids(
    live: &mut dyn Moment,
    store: &EventStore,
    group: &str,
) -> Result<Option<(Uuid, Uuid)>, ReadModelError> {
    let ids = made_from(live, group).await?.zip(store.origin().log);
    Ok(ids.filter(|(made_from, log)| made_from != log))
}
