//! Works events into a read model, and plans what comes next while it stores what came before.

use std::future::pending;
use std::mem::take;
use std::sync::Arc;

use tidings_domain::{Recorded, Timestamp};
use tokio::task::{JoinError, JoinSet};

use crate::plan::{self, Planner};
use crate::{ApplyError, Checkpoint, Group, Projector, ProjectorError, ReadModelError, Step, Strange};

/// A [`Projector`] that takes the next events while the read model still stores the last ones.
///
/// One step is under way at a time; what comes meanwhile is the next. Nothing is stored otherwise than by a projector
/// alone: each step holds only if the checkpoint is where the one before left it. Where it is not, or some rows are not
/// fit for the store, the projector is given the events of both steps again.
///
/// ```
/// # use std::sync::Arc;
/// # use tidings_domain::{Encoded, Event, Position, Recorded, testing::sample};
/// # use tidings_projections::ProjectorError;
/// use tidings_projections::{MemoryReadModel, Pipeline, Projector, social};
/// # let event = sample::post_created(1, sample::user(7));
/// # let recorded = Arc::new(Recorded {
/// #     position: Position::new(0, 1), index: 0, count: 1, version: 1, event: event.encode(),
/// #     stream: tidings_domain::post::stream(sample::post(1)), commit: uuid::Uuid::nil(),
/// #     command: uuid::Uuid::nil(), correlation: uuid::Uuid::nil(), causation: None, actor: uuid::Uuid::nil(),
/// #     occurred_at: None, recorded_at: sample::time(0),
/// # });
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let projector = Projector::attach(Arc::new(MemoryReadModel::default()), social::group(), 1).await?;
/// let mut pipeline = Pipeline::new(projector);
/// pipeline.put(&[recorded], sample::time(0)).await?;
/// assert_eq!(pipeline.checkpoint().numbers, [0], "it is under way");
/// pipeline.drain(sample::time(0)).await?;
/// assert_eq!(pipeline.checkpoint().numbers, [1]);
/// # Ok::<(), ProjectorError>(())
/// # }).unwrap();
/// ```
pub struct Pipeline {
    projector: Projector,
    /// Stands where all is stored that is under way or waits.
    planner: Planner,
    /// The step that is being stored, if any.
    storing: JoinSet<Answer>,
    under_way: Vec<Arc<Recorded>>,
    /// What the planner has taken since.
    waiting: Vec<Arc<Recorded>>,
    /// The size of what waits, in bytes.
    size: usize,
}

/// A step, and what the read model says to it.
type Answer = (Step, Result<(), ApplyError>);

/// A step is stored, or will not be: for [`Pipeline::settle`].
pub struct Done(Result<Answer, JoinError>);

/// How much may wait for the step that is under way, in bytes of events.
const MOST: usize = 8 << 20;

/// What an event takes beside its data, roughly.
const OVERHEAD: usize = 512;

impl Pipeline {
    /// Goes on from where the projector stands.
    pub fn new(projector: Projector) -> Self {
        let planner = Planner::new(projector.checkpoint(), projector.parked());
        let (storing, under_way, waiting) = (JoinSet::new(), Vec::new(), Vec::new());
        Self { projector, planner, storing, under_way, waiting, size: 0 }
    }

    /// Where the group stands: what is under way is not in it.
    pub fn checkpoint(&self) -> &Checkpoint {
        self.projector.checkpoint()
    }

    /// Where it stands with what is under way and what waits.
    pub fn taken(&self) -> &Checkpoint {
        self.planner.checkpoint()
    }

    /// Keeps records that came by the bus and are no events.
    ///
    /// # Errors
    /// When the read model does not answer.
    pub async fn note_strange(&self, strange: &[Strange], now: Timestamp) -> Result<(), ReadModelError> {
        self.projector.note_strange(strange, now).await
    }

    /// The group.
    pub fn group(&self) -> &Group {
        self.projector.group()
    }

    /// Whether all that was put in is stored.
    pub fn is_idle(&self) -> bool {
        self.storing.is_empty()
    }

    /// Takes events to be worked in, as [`Projector::apply`] does. Waits only where much is waiting already.
    ///
    /// # Errors
    /// Those of [`settle`](Self::settle); and when commits are missing, where none of these is taken.
    pub async fn put(&mut self, events: &[Arc<Recorded>], now: Timestamp) -> Result<(), ProjectorError> {
        while self.size >= MOST {
            let done = self.done().await;
            self.settle(done, now).await?;
        }
        while let Some(done) = self.storing.try_join_next() {
            self.settle(Done(done), now).await?;
        }
        for event in plan::fresh(self.planner.checkpoint(), events)? {
            self.planner.take(self.projector.group(), &event, now);
            self.size += event.event.data.len() + OVERHEAD;
            self.waiting.push(event);
        }
        self.begin();
        Ok(())
    }

    /// Stores what waits, unless something is under way.
    fn begin(&mut self) {
        if self.storing.is_empty() && !self.waiting.is_empty() {
            self.size = 0;
            self.under_way = take(&mut self.waiting);
            self.storing.spawn(self.projector.storing(self.planner.step()));
        }
    }

    /// Waits for the end of what is under way; for ever, where nothing is. Nothing is lost when the future is dropped.
    pub async fn done(&mut self) -> Done {
        match self.storing.join_next().await {
            Some(done) => Done(done),
            None => pending().await,
        }
    }

    /// Takes note of what came of a step, and begins with the next.
    ///
    /// # Errors
    /// When the read model does not answer, or went back to where commits are missing. Then nothing is under way and
    /// nothing waits: after a [`reload`](Self::reload), what [`checkpoint`](Self::checkpoint) does not hold is to be
    /// put in again.
    pub async fn settle(&mut self, done: Done, now: Timestamp) -> Result<(), ProjectorError> {
        let mut events = take(&mut self.under_way);
        let outcome = match done.0 {
            Ok((step, Ok(()))) => {
                self.projector.follow(&step);
                self.begin();
                return Ok(());
            }
            Ok((_, Err(ApplyError::Unavailable(cause)))) => Err(ReadModelError::Unavailable(cause).into()),
            Ok((_, Err(ApplyError::Moved | ApplyError::Unfit(_)))) => {
                events.append(&mut self.waiting);
                self.apply(&events, now).await
            }
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(ended) => Err(ReadModelError::Unavailable(ended.to_string()).into()),
            },
        };
        self.forget();
        outcome
    }

    /// The long way, by which another worker is met and what is unfit is found.
    async fn apply(&mut self, events: &[Arc<Recorded>], now: Timestamp) -> Result<(), ProjectorError> {
        self.projector.reload().await?;
        self.projector.apply(events, now).await
    }

    /// Goes on from where the projector stands, with nothing that waits.
    fn forget(&mut self) {
        self.waiting.clear();
        self.size = 0;
        self.planner = Planner::new(self.projector.checkpoint(), self.projector.parked());
    }

    /// Waits until all is stored.
    ///
    /// # Errors
    /// Those of [`settle`](Self::settle).
    pub async fn drain(&mut self, now: Timestamp) -> Result<(), ProjectorError> {
        while !self.is_idle() {
            let done = self.done().await;
            self.settle(done, now).await?;
        }
        Ok(())
    }

    /// Reads again where the group stands. What waits is forgotten; what is under way ends first.
    ///
    /// # Errors
    /// When the read model does not answer.
    pub async fn reload(&mut self) -> Result<(), ReadModelError> {
        while self.storing.join_next().await.is_some() {}
        self.under_way.clear();
        self.projector.reload().await?;
        self.forget();
        Ok(())
    }
}
