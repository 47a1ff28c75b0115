//! Works events into a read model, whatever other workers do and whatever the events hold.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use tidings_domain::{Origin, Position, Recorded, StreamId, Timestamp};

use crate::plan::{self, Hole};
use crate::{ApplyError, Changes, Checkpoint, Group, Parked, ReadModel, ReadModelError, Step, Strange};

/// One group's worker. Several may work on one read model: the checkpoint decides, and who comes late skips.
///
/// It knows neither log nor bus: events are given to it, and when some are missing it says from where.
pub struct Projector {
    model: Arc<dyn ReadModel>,
    group: Group,
    checkpoint: Checkpoint,
    /// Streams with parked events, as of the checkpoint's epoch.
    parked: BTreeSet<StreamId>,
}

/// Why events were not worked in. What was worked in before stays; see [`Projector::checkpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectorError {
    /// Commits are missing before those given: read the partition again after this number.
    #[error("commits of partition {partition} are missing after {after}")]
    Hole {
        /// The partition.
        partition: u16,
        /// The last commit before the hole.
        after: u64,
    },
    /// The read model does not work.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// An event could not be fetched to be tried again.
    #[error("a parked event cannot be fetched: {0}")]
    Fetch(String),
}

impl From<Hole> for ProjectorError {
    fn from(Hole { partition, after }: Hole) -> Self {
        Self::Hole { partition, after }
    }
}

/// What came of trying parked events again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Events that are worked in now.
    pub applied: usize,
    /// Events that stay parked.
    pub parked: usize,
}

/// What the store said to a step.
enum Stored {
    Done,
    Moved,
    Unfit(String),
}

/// How often to try again when other workers are faster.
const TRIES: usize = 100;

impl Projector {
    /// Attaches the group to a log, be it an event store's `origin()` or a mere number of partitions, and reads where it
    /// stands.
    ///
    /// # Errors
    /// When the read model does not answer, or does not fit the group.
    pub async fn attach(
        model: Arc<dyn ReadModel>,
        group: Group,
        origin: impl Into<Origin>,
    ) -> Result<Self, ReadModelError> {
        model.attach(&group, origin.into()).await?;
        let (checkpoint, parked) = (Checkpoint::default(), BTreeSet::new());
        let mut projector = Self { model, group, checkpoint, parked };
        projector.reload_all().await?;
        Ok(projector)
    }

    /// Where the group stands, as far as this worker knows.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The group.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Reads again where the group stands.
    ///
    /// # Errors
    /// When the read model does not answer.
    pub async fn reload(&mut self) -> Result<(), ReadModelError> {
        let checkpoint = self.model.checkpoint(self.group.name).await?;
        if checkpoint.parked_epoch != self.checkpoint.parked_epoch {
            return self.reload_all().await;
        }
        // The same epoch means the same parked events.
        self.checkpoint = checkpoint;
        Ok(())
    }

    /// Reads where the group stands and what is parked.
    async fn reload_all(&mut self) -> Result<(), ReadModelError> {
        // The parked events are those of the epoch where it is the same before and after they were read.
        loop {
            let before = self.model.checkpoint(self.group.name).await?;
            let parked = self.model.parked(self.group.name).await?;
            let after = self.model.checkpoint(self.group.name).await?;
            // Where they are beyond it, a crash has lost them, and its epoch with them, since they were read.
            let number = |at: &Position| before.numbers.get(usize::from(at.partition)).copied().unwrap_or(0);
            let of_before = parked.iter().all(|p| p.position.number <= number(&p.position));
            if of_before && before.parked_epoch == after.parked_epoch {
                self.parked = parked.into_iter().map(|p| p.stream).collect();
                self.checkpoint = after;
                return Ok(());
            }
        }
    }

    /// Works events in: whole commits, in order in each partition, of any partitions. What was seen before is
    /// skipped; what cannot be applied is parked, and what follows it in its stream; the others go on.
    /// `now` is the time at which events are parked.
    ///
    /// # Errors
    /// When commits are missing, or the read model does not answer. Part of the commits may have been worked in.
    pub async fn apply(&mut self, events: &[Arc<Recorded>], now: Timestamp) -> Result<(), ProjectorError> {
        for _ in 0..TRIES {
            let fresh = plan::fresh(&self.checkpoint, events)?;
            if fresh.is_empty() || self.store_all(&fresh, now).await? {
                return Ok(());
            }
            self.reload().await?;
        }
        Err(busy().into())
    }

    /// Streams with parked events, as far as this worker knows.
    pub fn parked(&self) -> &BTreeSet<StreamId> {
        &self.parked
    }

    /// Stores a step that was planned elsewhere to follow the checkpoint, as [`Planner`](crate::Planner) does. `false`
    /// where it cannot be stored as it is, because another worker was here or some of its rows are not fit for the
    /// store: then nothing of it is stored, and its events are for [`apply`](Self::apply), after a
    /// [`reload`](Self::reload).
    ///
    /// # Errors
    /// When the read model does not answer.
    pub async fn store_planned(&mut self, mut step: Step) -> Result<bool, ReadModelError> {
        // What others planned before it may have parked something.
        step.parked_epoch = self.checkpoint.parked_epoch;
        Ok(matches!(self.store(&step).await?, Stored::Done))
    }

    /// Stores fresh events, as few steps as possible; `false` when another worker was faster.
    async fn store_all(&mut self, events: &[Arc<Recorded>], now: Timestamp) -> Result<bool, ReadModelError> {
        // What is still to be stored, the first part last.
        let mut parts: Vec<&[Arc<Recorded>]> = vec![events];
        while let Some(part) = parts.pop() {
            let step = plan::step(&self.group, &self.checkpoint, &self.parked, part, now);
            match self.store(&step).await? {
                Stored::Done => {}
                Stored::Moved => return Ok(false),
                Stored::Unfit(cause) => match *plan::commits(part).as_slice() {
                    [] | [_] => {
                        if !self.park_in_commit(part, &cause, now).await? {
                            return Ok(false);
                        }
                    }
                    ref commits => {
                        let (first, second) = part.split_at(commits[commits.len() / 2].start);
                        parts.extend([second, first]);
                    }
                },
            }
        }
        Ok(true)
    }

    /// Of a commit that the store will not have, applies what is before the first event that does not fit.
    async fn park_in_commit(
        &mut self,
        commit: &[Arc<Recorded>],
        cause: &str,
        now: Timestamp,
    ) -> Result<bool, ReadModelError> {
        let mut cause = cause.to_owned();
        for fit in (0..commit.len()).rev() {
            let (applied, behind) = commit.split_at(fit);
            let mut step = plan::step(&self.group, &self.checkpoint, &self.parked, commit, now);
            let kept = plan::step(&self.group, &self.checkpoint, &self.parked, applied, now);
            (step.changes, step.park) = (kept.changes, kept.park);
            let error = |place| if place == 0 { cause.as_str() } else { "" };
            let park = |(place, event): (usize, &Arc<Recorded>)| Parked::of(event, error(place), now);
            step.park.extend(behind.iter().enumerate().map(park));
            match self.store(&step).await? {
                Stored::Done => return Ok(true),
                Stored::Moved => return Ok(false),
                Stored::Unfit(earlier) => cause = earlier,
            }
        }
        Err(ReadModelError::Unavailable(format!("it takes no step at all: {cause}")))
    }

    /// Stores a step and follows it.
    async fn store(&mut self, step: &Step) -> Result<Stored, ReadModelError> {
        match self.model.apply(&self.group, step).await {
            Ok(()) => {}
            Err(ApplyError::Moved) => return Ok(Stored::Moved),
            Err(ApplyError::Unfit(cause)) => return Ok(Stored::Unfit(cause)),
            Err(ApplyError::Unavailable(cause)) => return Err(ReadModelError::Unavailable(cause)),
        }
        self.follow(step);
        Ok(Stored::Done)
    }

    /// Stores a step, and gives it back with the answer. What is known here is left as it is: see
    /// [`follow`](Self::follow).
    pub(crate) fn storing(
        &self,
        step: Step,
    ) -> impl Future<Output = (Step, Result<(), ApplyError>)> + Send + use<> {
        let (model, group) = (self.model.clone(), self.group.clone());
        async move {
            let answer = model.apply(&group, &step).await;
            (step, answer)
        }
    }

    /// Follows a step that is stored.
    pub(crate) fn follow(&mut self, step: &Step) {
        for advance in &step.advances {
            self.checkpoint.follow(advance);
        }
        self.checkpoint.parked_epoch = step.next_epoch();
        self.parked.extend(step.park.iter().map(|p| p.stream.clone()));
    }

    /// Keeps records that came by the bus and are no events.
    ///
    /// # Errors
    /// When the read model does not answer.
    pub async fn note_strange(&self, strange: &[Strange], now: Timestamp) -> Result<(), ReadModelError> {
        self.model.note_strange(self.group.name, strange, now).await
    }

    /// Tries parked events again, each stream in order up to the first that still cannot be applied.
    /// `fetch` gives the events of the commit at a position; `now` is when they are tried.
    ///
    /// # Errors
    /// When an event cannot be fetched, or the read model does not answer.
    pub async fn retry_parked<F, E>(
        &mut self,
        now: Timestamp,
        mut fetch: impl FnMut(Position) -> F,
    ) -> Result<Retried, ProjectorError>
    where
        F: Future<Output = Result<Vec<Arc<Recorded>>, E>>,
        E: std::fmt::Display,
    {
        for _ in 0..TRIES {
            self.reload().await?;
            let mut streams: BTreeMap<StreamId, Vec<Parked>> = BTreeMap::new();
            for parked in self.model.parked(self.group.name).await? {
                streams.entry(parked.stream.clone()).or_default().push(parked);
            }
            let mut retried = Retried::default();
            let mut moved = false;
            for (stream, parked) in streams {
                let mut events = Vec::with_capacity(parked.len());
                for Parked { position, index, .. } in &parked {
                    let commit = fetch(*position).await.map_err(|e| ProjectorError::Fetch(e.to_string()))?;
                    let missing = || ProjectorError::Fetch(format!("no event {index} at {position}"));
                    let event = commit.into_iter().find(|e| e.index == *index);
                    events.push(event.ok_or_else(missing)?);
                }
                match self.unpark(&events, &parked, now).await? {
                    Some(applied) => {
                        retried.applied += applied;
                        retried.parked += events.len() - applied;
                        if applied == events.len() {
                            self.parked.remove(&stream);
                        }
                    }
                    None => moved = true,
                }
            }
            if !moved {
                return Ok(retried);
            }
        }
        Err(busy().into())
    }

    /// Drops one parked event for good: it is as if it were worked in, and changes nothing. Those that wait behind it
    /// stay parked; [`retry_parked`](Self::retry_parked) tries them. `None` where it is not parked.
    ///
    /// # Errors
    /// When the read model does not answer.
    pub async fn skip_parked(
        &mut self,
        position: Position,
        index: u32,
    ) -> Result<Option<Parked>, ProjectorError> {
        for _ in 0..TRIES {
            self.reload().await?;
            let parked = self.model.parked(self.group.name).await?;
            let is_it = |parked: &Parked| (parked.position, parked.index) == (position, index);
            let Some(found) = parked.into_iter().find(is_it) else { return Ok(None) };
            let epoch = self.checkpoint.parked_epoch;
            let step = Step { parked_epoch: epoch, unpark: vec![(position, index)], ..Step::default() };
            match self.store(&step).await? {
                Stored::Done => {
                    // The epoch is known already, but not what is parked in it.
                    self.reload_all().await?;
                    return Ok(Some(found));
                }
                Stored::Moved => {}
                Stored::Unfit(cause) => return Err(ReadModelError::Unavailable(cause).into()),
            }
        }
        Err(busy().into())
    }

    /// Applies the events of one stream, as far as they can be; tells how many, `None` when another worker
    /// was faster.
    async fn unpark(
        &mut self,
        events: &[Arc<Recorded>],
        parked: &[Parked],
        now: Timestamp,
    ) -> Result<Option<usize>, ReadModelError> {
        let (mut changes, mut cause): (Vec<Changes>, _) = (Vec::new(), String::new());
        for event in events {
            match self.group.project(event) {
                Ok(change) => changes.push(change),
                Err(unprojected) => {
                    cause = unprojected.to_string();
                    break;
                }
            }
        }
        // The longest beginning that the store takes.
        for count in (0..=changes.len()).rev() {
            let mut step = Step { parked_epoch: self.checkpoint.parked_epoch, ..Step::default() };
            step.park = parked[count..].first().map(|failed| failed.again(cause, now)).into_iter().collect();
            changes[..count].iter().for_each(|change| step.changes.merge(change.clone()));
            // Also the one that is parked once more: a store that has lost it must not be given it.
            step.unpark = parked.iter().take(count + 1).map(|p| (p.position, p.index)).collect();
            match self.store(&step).await? {
                Stored::Done => return Ok(Some(count)),
                Stored::Moved => return Ok(None),
                Stored::Unfit(unfit) => cause = unfit,
            }
        }
        tracing::debug!(%cause, "that it was tried in vain is not kept");
        Ok(Some(0))
    }
}

fn busy() -> ReadModelError {
    ReadModelError::Unavailable("other workers are always faster".into())
}
