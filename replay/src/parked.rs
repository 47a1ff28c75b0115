//! Events that could not be applied: listed, shown, tried again once what was wrong is mended, or given up.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tidings_domain::{Position, Recorded};
use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{Group, Parked, Projector, ProjectorError, ReadModel, ReadModelError, Retried};

use crate::live::strayed;

/// Which parked event: `3:42/1` is the second of the commit at 3:42; `3:42` the only parked one there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkedId {
    /// Where its commit stands.
    pub position: Position,
    /// Its place in the commit, from 0.
    pub index: Option<u32>,
}

/// A text names no parked event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no parked event: write its position, such as 3:42, or with its place in the commit, 3:42/1"
)]
pub struct ParkedIdError(String);

impl FromStr for ParkedId {
    type Err = ParkedIdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParkedIdError(text.chars().take(60).collect());
        let (position, index) = match text.split_once('/') {
            Some((position, index)) => (position, Some(index.parse().map_err(|_| fail())?)),
            None => (text, None),
        };
        Ok(Self { position: position.parse().map_err(|_| fail())?, index })
    }
}

impl fmt::Display for ParkedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}/{index}", self.position),
            None => self.position.fmt(f),
        }
    }
}

/// Why nothing was done about a parked event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParkedError {
    /// There is none.
    #[error("no event is parked at {0}; see: replay parked list")]
    Missing(ParkedId),
    /// There are several.
    #[error("{count} events are parked at {id}; say which: {id}/{first} is the first")]
    Several {
        /// What was asked for.
        id: ParkedId,
        /// How many there are.
        count: usize,
        /// The place of the first of them in the commit.
        first: u32,
    },
    /// The log does not hold it.
    #[error(
        "the log has no event at {0}: the read model is of another log; build it anew with replay rebuild"
    )]
    NotInLog(ParkedId),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The read model does not work.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// It cannot be dropped.
    #[error(transparent)]
    Projector(#[from] ProjectorError),
}

/// A parked event with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownParked {
    /// That it is parked, and why.
    pub parked: Parked,
    /// The event itself.
    pub event: Recorded,
    /// Parked events of its stream before it.
    pub before: Vec<Parked>,
    /// Parked events of its stream that wait behind it.
    pub behind: Vec<Parked>,
}

/// What came of dropping a parked event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// What was dropped.
    pub parked: Parked,
    /// How many parked events of its stream wait behind it; they are not tried.
    pub behind: usize,
    /// How many events stay parked, of all streams.
    pub left: usize,
}

/// The parked events of a group, in the order of the log for each stream.
///
/// # Errors
/// When the read model does not answer.
pub async fn list_parked(model: &dyn ReadModel, group: &Group) -> Result<Vec<Parked>, ReadModelError> {
    model.parked(group.name).await
}

/// One parked event, with the event itself and what is parked before and behind it.
///
/// # Errors
/// When it is not parked, or log or read model fail.
pub async fn show_parked(
    store: &EventStore,
    model: &dyn ReadModel,
    group: &Group,
    id: ParkedId,
) -> Result<ShownParked, ParkedError> {
    let all = list_parked(model, group).await?;
    let parked = find(&all, id)?.clone();
    let events = events_at(store, parked.position).await?;
    let event = events.iter().find(|event| event.index == parked.index);
    let event = Recorded::clone(event.ok_or(ParkedError::NotInLog(id))?);
    let of_stream = all.into_iter().filter(|other| other.stream == parked.stream);
    let place = |parked: &Parked| (parked.position, parked.index);
    let (before, mut behind): (Vec<_>, Vec<_>) = of_stream.partition(|other| place(other) < place(&parked));
    behind.retain(|other| *other != parked);
    Ok(ShownParked { parked, event, before, behind })
}

/// Drops one parked event for good: the read model will never show it. Those behind it stay parked;
/// [`retry_parked`] tries them.
///
/// # Errors
/// When it is not parked, or log or read model fail.
pub async fn skip_parked(
    store: &EventStore,
    model: Arc<dyn ReadModel>,
    group: Group,
    id: ParkedId,
) -> Result<Skipped, ParkedError> {
    let Parked { position, index, .. } = *find(&list_parked(&*model, &group).await?, id)?;
    let mut projector = attach(store, model.clone(), group).await?;
    let parked = projector.skip_parked(position, index).await?.ok_or(ParkedError::Missing(id))?;
    let left = model.parked(projector.group().name).await?;
    let behind =
        |other: &&Parked| other.stream == parked.stream && (other.position, other.index) > (position, index);
    let (behind, left) = (left.iter().filter(behind).count(), left.len());
    Ok(Skipped { parked, behind, left })
}

fn find(all: &[Parked], id: ParkedId) -> Result<&Parked, ParkedError> {
    let is_it = |parked: &&Parked| {
        parked.position == id.position && id.index.is_none_or(|index| index == parked.index)
    };
    let found: Vec<&Parked> = all.iter().filter(is_it).collect();
    match found.as_slice() {
        [] => Err(ParkedError::Missing(id)),
        [parked] => Ok(parked),
        [first, ..] => Err(ParkedError::Several { id, count: found.len(), first: first.index }),
    }
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
    let mut projector = attach(store, model, group).await?;
    let now = store.world().now();
    projector.retry_parked(now, |position| events_at(store, position)).await
}

/// Events of another log would be taken for those that are parked.
async fn attach(
    store: &EventStore,
    model: Arc<dyn ReadModel>,
    group: Group,
) -> Result<Projector, ProjectorError> {
    let projector = Projector::attach(model, group, store.origin()).await?;
    match strayed(store, projector.checkpoint()).await {
        Ok(None) => Ok(projector),
        Ok(Some(strayed)) => Err(ReadModelError::Unfit(strayed.to_string()).into()),
        Err(error) => Err(ProjectorError::Fetch(error.to_string())),
    }
}

async fn events_at(store: &EventStore, position: Position) -> Result<Vec<Arc<Recorded>>, ReadError> {
    let commit = store.commit_at(position).await?;
    Ok(commit.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect())
}
