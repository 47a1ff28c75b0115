//! The ports of a read model, with their promises: one that writes, one that reads.

use std::pin::Pin;

use async_trait::async_trait;
use tidings_domain::{Origin, Position, Recorded, StreamId, Timestamp};
use uuid::Uuid;

use crate::{Changes, Group, Strange, StrangeKind, Value};

/// Where the rows of a group live. Several processes may write to one at the same time; the checkpoint decides.
///
/// What an adapter promises (the conformance suite checks each):
///
/// 1. **Together**: the changes, the parked events and the checkpoints of one [`Step`] are stored in one
///    transaction, durable or not at all.
/// 2. **Compare and set**: a step whose `from` is not the stored checkpoint, or whose `parked_epoch` is not the
///    stored one, changes nothing and says [`ApplyError::Moved`].
/// 3. **In key order**: so that two writers cannot deadlock.
/// 4. **Told apart**: rows that the store will not have (a number out of range) are
///    [`ApplyError::Unfit`], which trying again does not mend; a store that fails is
///    [`ApplyError::Unavailable`], which it may.
#[async_trait]
pub trait ReadModel: Send + Sync {
    /// Makes the tables of a group, and its checkpoints at 0, where they are not there yet. From then on the group is of
    /// this log; where that, or the one before it, has no id, it is believed to be the same.
    ///
    /// # Errors
    /// When the store does not answer, holds tables of another shape, or those of another log.
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError>;

    /// Where a group stands.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError>;

    /// Stores a step, or nothing of it.
    ///
    /// # Errors
    /// See the promises.
    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError>;

    /// The parked events of a group, in the order of the log for each stream.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError>;

    /// Keeps records that came by the bus and are no events: adds them to those of their kind, but for what stands no
    /// further than what is counted already. A read model that nobody asks for them need not.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn note_strange(
        &self,
        _group: &str,
        _strange: &[Strange],
        _now: Timestamp,
    ) -> Result<(), ReadModelError> {
        Ok(())
    }

    /// The kinds of records that came by the bus and are no events, by partition and cause, as far as nobody has cleared
    /// them.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn strange(&self, _group: &str) -> Result<Vec<StrangeKind>, ReadModelError> {
        Ok(Vec::new())
    }

    /// Clears those of one cause, or all, and tells what they were: somebody has seen them. They are counted no more, also
    /// where the bus brings them again; those that come after them are counted from 0.
    ///
    /// # Errors
    /// When the store does not answer; they may have been cleared.
    async fn clear_strange(
        &self,
        _group: &str,
        _cause: Option<&str>,
    ) -> Result<Vec<StrangeKind>, ReadModelError> {
        Ok(Vec::new())
    }
}

/// Where a group stands: everything up to these positions is in its rows, or parked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of the last commit worked in, for each partition in order.
    pub numbers: Vec<u64>,
    /// The own id of each of these commits; nil before the first. A log that has another there is another history.
    pub commits: Vec<Uuid>,
    /// Another with every change of the parked events, as [`Step::next_epoch`] says. Where a read model has
    /// generations, no two of them share an epoch.
    pub parked_epoch: u64,
}

impl Checkpoint {
    /// Before the first commit of so many partitions.
    ///
    /// ```
    /// let start = tidings_projections::Checkpoint::start(2, 7);
    /// assert_eq!((start.numbers, start.parked_epoch), (vec![0, 0], 7));
    /// assert!(start.commits.iter().all(uuid::Uuid::is_nil));
    /// ```
    pub fn start(partitions: u16, parked_epoch: u64) -> Self {
        let partitions = usize::from(partitions);
        Self { numbers: vec![0; partitions], commits: vec![Uuid::nil(); partitions], parked_epoch }
    }

    /// Where a partition stands: the number of its last commit worked in, and that commit's own id.
    ///
    /// ```
    /// # use tidings_projections::Checkpoint;
    /// assert_eq!(Checkpoint::start(1, 0).at(0), (0, uuid::Uuid::nil()));
    /// ```
    pub fn at(&self, partition: u16) -> (u64, Uuid) {
        let place = usize::from(partition);
        let number = self.numbers.get(place).copied().unwrap_or_default();
        (number, self.commits.get(place).copied().unwrap_or_default())
    }

    /// Moves a partition on.
    pub(crate) fn follow(&mut self, advance: &Advance) {
        let place = usize::from(advance.partition);
        if let (Some(number), Some(commit)) = (self.numbers.get_mut(place), self.commits.get_mut(place)) {
            (*number, *commit) = (advance.to, advance.commit);
        }
    }
}

/// What one transaction does.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// How far it moves each of some partitions.
    pub advances: Vec<Advance>,
    /// The rows that it changes.
    pub changes: Changes,
    /// The epoch of the parked events that it was made for.
    pub parked_epoch: u64,
    /// Events that it parks. Parking or unparking moves the epoch on, to [`Step::next_epoch`].
    pub park: Vec<Parked>,
    /// Parked events that it is done with. Where one of them is not parked the step is [`ApplyError::Moved`].
    pub unpark: Vec<(Position, u32)>,
}

impl Step {
    /// Takes in the step that follows this one: what both do, in one. Partitions that it moves on start where this one
    /// leaves them.
    ///
    /// ```
    /// use tidings_projections::{Advance, Step};
    /// use uuid::Uuid;
    /// let advance = |from, to| Advance { partition: 0, from, to, commit: Uuid::from_u128(to.into()) };
    /// let step = |from, to| Step { advances: vec![advance(from, to)], ..Step::default() };
    /// let mut both = step(3, 5);
    /// both.then(step(5, 9));
    /// assert_eq!(both.advances, step(3, 9).advances);
    /// ```
    pub fn then(&mut self, later: Step) {
        for advance in later.advances {
            match self.advances.iter_mut().find(|known| known.partition == advance.partition) {
                Some(known) => (known.to, known.commit) = (advance.to, advance.commit),
                None => self.advances.push(advance),
            }
        }
        self.changes.merge(later.changes);
        self.park.extend(later.park);
        self.unpark.extend(later.unpark);
    }

    /// The epoch after this step, which is stored with it. It is made of the epoch before and of what the step
    /// parks and unparks, so the same epoch means the same parked events: also where a store has lost its last
    /// transactions in a crash and others were made in their place, of which a worker knows nothing.
    ///
    /// ```
    /// use tidings_domain::Position;
    /// use tidings_projections::Step;
    /// let step = |number| Step { unpark: vec![(Position::new(0, number), 0)], ..Step::default() };
    /// assert_eq!(step(1).next_epoch(), step(1).next_epoch());
    /// assert_ne!(step(1).next_epoch(), step(2).next_epoch());
    /// assert_eq!(Step::default().next_epoch(), 0, "nothing is parked or unparked");
    /// ```
    pub fn next_epoch(&self) -> u64 {
        let parked = self.park.iter().map(|parked| (1, parked.position, parked.index));
        let unparked = self.unpark.iter().map(|(position, index)| (2, *position, *index));
        let words = parked
            .chain(unparked)
            .flat_map(|(kind, at, index)| [kind, u64::from(at.partition), at.number, u64::from(index)]);
        // Stores keep it as a signed number.
        words.fold(self.parked_epoch, |epoch, word| mixed(epoch ^ mixed(word))) & i64::MAX.unsigned_abs()
    }
}

/// Spreads a number over all bits (the finish of SplitMix64).
pub(crate) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A move of one partition's checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The partition.
    pub partition: u16,
    /// The number it must stand at.
    pub from: u64,
    /// The number it stands at afterwards.
    pub to: u64,
    /// The own id of that commit.
    pub commit: Uuid,
}

/// An event that could not be applied, or that waits behind such a one of its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Where its commit stands.
    pub position: Position,
    /// Its place in the commit.
    pub index: u32,
    /// Its stream.
    pub stream: StreamId,
    /// Its stored name.
    pub event: String,
    /// Why it could not be applied; empty where it only waits.
    pub error: String,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// How often it was tried; 0 where it only waits.
    pub tries: u64,
}

impl Parked {
    /// The parked form of an event.
    pub fn of(event: &Recorded, error: impl Into<String>, now: Timestamp) -> Self {
        let error = error.into();
        Self {
            position: event.position,
            index: event.index,
            stream: event.stream.clone(),
            event: event.event.name.to_string(),
            parked_at: now,
            tried_at: now,
            tries: u64::from(!error.is_empty()),
            error,
        }
    }

    /// What it is when it was tried once more, in vain.
    #[must_use]
    pub fn again(&self, error: String, now: Timestamp) -> Self {
        Self { error, tried_at: now, tries: self.tries + 1, ..self.clone() }
    }
}

/// Why a step was not stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The checkpoint, or what is parked, is not what the step starts from: another writer was here.
    #[error("the checkpoint has moved")]
    Moved,
    /// The store will not have these rows.
    #[error("the read model will not have these rows: {0}")]
    Unfit(String),
    /// The store fails; whether the step was stored is for the checkpoint to say.
    #[error("the read model is unavailable: {0}")]
    Unavailable(String),
}

/// The read model does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadModelError {
    /// It does not answer; later it may.
    #[error("the read model is unavailable: {0}")]
    Unavailable(String),
    /// What is there is not what this program knows.
    #[error("the read model cannot be used: {0}")]
    Unfit(String),
}

/// Answers selects. It cannot write.
#[async_trait]
pub trait Reader: Send + Sync {
    /// The rows of a select, all from one moment at which `group` had seen every position of `after`.
    /// `None` where it has not seen them yet.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn select(
        &self,
        group: &str,
        after: &[Position],
        select: &Select,
    ) -> Result<Option<Rows>, ReadModelError>;

    /// Where a group stands.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError>;

    /// Ends when a checkpoint may have moved since this was called, or after a little while. Only a hint that saves
    /// asking: call it before the look, and wait for it after.
    fn moved(&self) -> Moved<'_>;
}

/// A wait that has begun: see [`Reader::moved`].
pub type Moved<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One SQL select that every store takes, with its parameters `$1`, `$2` … in order of first appearance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// The SQL.
    pub sql: &'static str,
    /// The parameters.
    pub params: Vec<Value>,
}

/// The answer to a select.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The rows, in order; the cells of each in the order of the select's columns.
    pub rows: Vec<Vec<Value>>,
}
