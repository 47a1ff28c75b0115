//! A log that fails on purpose, by a seed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::StreamId;
use tidings_world::Handle;
use uuid::Uuid;

use crate::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice};

/// How often what goes wrong: each a chance in 1,000. All zero by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// An insert is refused, and nothing stored.
    pub refused: u16,
    /// An insert is in doubt, and nothing stored.
    pub lost: u16,
    /// An insert is in doubt, and all of it stored.
    pub stored: u16,
    /// An insert is in doubt, and a part of each batch stored, from the front.
    pub part: u16,
    /// An insert is in doubt, and stored at some later time, between any two other calls.
    pub late: u16,
    /// A read fails.
    pub unreadable: u16,
    /// Calls take up to this long before they do anything, and before they answer.
    pub delay: Duration,
}

/// Passes calls on to another log, and makes them fail in the ways that a port may. The same seeds (of the world
/// that it draws from) and the same calls give the same faults.
///
/// ```
/// use std::sync::Arc;
/// use tidings_eventstore::conformance::{Faults, Faulty};
/// use tidings_eventstore::{Log, MemoryLog};
/// use tidings_world::Seeded;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let faults = Faults { unreadable: 1_000, ..Faults::default() };
/// let log = Faulty::new(Arc::new(MemoryLog::new(8)), Arc::new(Seeded::new(7)), faults);
/// assert!(log.head(0).await.is_err());
/// log.heal().await;
/// assert!(log.head(0).await.is_ok());
/// # });
/// ```
pub struct Faulty {
    log: Arc<dyn Log>,
    world: Handle,
    state: Mutex<State>,
}

struct State {
    faults: Faults,
    late: VecDeque<Vec<Batch>>,
}

impl Faulty {
    /// Makes the calls to `log` fail, by chance from `world`.
    pub fn new(log: Arc<dyn Log>, world: Handle, faults: Faults) -> Self {
        Self { log, world, state: Mutex::new(State { faults, late: VecDeque::new() }) }
    }

    /// Other faults from now on.
    pub fn set(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// No faults from now on; what was late lands now.
    pub async fn heal(&self) {
        self.set(Faults::default());
        while self.land().await {}
    }

    /// Lands the oldest late insert; `false` where there is none.
    pub async fn land(&self) -> bool {
        let Some(batches) = self.state().late.pop_front() else { return false };
        // Nobody waits for its answer any more.
        let _ = self.log.insert(&batches).await;
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number below `end`, by chance.
    fn chance(&self, end: u64) -> u64 {
        self.world.random() % end.max(1)
    }

    async fn wait(&self) {
        let most = self.state().faults.delay.as_micros() as u64;
        if most > 0 {
            tokio::time::sleep(Duration::from_micros(self.chance(most + 1))).await;
        }
        if !self.state().late.is_empty() && self.chance(4) == 0 {
            self.land().await;
        }
    }

    async fn before_read(&self) -> Result<(), ReadError> {
        self.wait().await;
        let unreadable = u64::from(self.state().faults.unreadable);
        let fails = unreadable > 0 && self.chance(1_000) < unreadable;
        if fails { Err(ReadError::Unavailable("a fault on purpose".into())) } else { Ok(()) }
    }

    fn part_of(&self, batch: &Batch) -> Batch {
        let keep = self.chance(batch.commits.len() as u64 + 1) as usize;
        Batch { partition: batch.partition, commits: batch.commits[..keep].to_vec() }
    }

    async fn fail_insert(&self, batches: &[Batch], faults: Faults, dice: u64) -> Option<InsertError> {
        let mut ends = 0;
        let mut is = |chance: u16| {
            ends += u64::from(chance);
            dice < ends
        };
        if is(faults.refused) {
            return Some(InsertError::Refused("a fault on purpose".into()));
        }
        if is(faults.lost) {
            // Nothing happens.
        } else if is(faults.stored) {
            let _ = self.log.insert(batches).await;
        } else if is(faults.part) {
            let parts: Vec<_> = batches.iter().map(|batch| self.part_of(batch)).collect();
            let parts: Vec<_> = parts.into_iter().filter(|batch| !batch.commits.is_empty()).collect();
            let _ = self.log.insert(&parts).await;
        } else if is(faults.late) {
            self.state().late.push_back(batches.to_vec());
        } else {
            return None;
        }
        Some(InsertError::InDoubt("a fault on purpose".into()))
    }
}

#[async_trait]
impl Log for Faulty {
    fn shape(&self) -> Shape {
        self.log.shape()
    }

    fn is_shared(&self) -> bool {
        self.log.is_shared()
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.wait().await;
        let (faults, dice) = (self.state().faults, self.chance(1_000));
        let answer = match self.fail_insert(batches, faults, dice).await {
            Some(error) => Err(error),
            None => self.log.insert(batches).await,
        };
        self.wait().await;
        answer
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.before_read().await?;
        self.log.read_stream(stream, version, limit).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.before_read().await?;
        self.log.read_partition(partition, after, limit).await
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.before_read().await?;
        self.log.head(partition).await
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.before_read().await?;
        self.log.version(stream).await
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.before_read().await?;
        self.log.find_command(partition, command).await
    }
}
