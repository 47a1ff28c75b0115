//! A log that is asked again where it does not answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::StreamId;
use tidings_eventstore::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice, partition_of};
use tidings_world::{Handle, Outage};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How soon it asks again at first; the wait grows to sixteen times that.
const FIRST: Duration = Duration::from_millis(100);

/// Passes reads on to another log, and repeats those that found it unavailable: so that one slow moment of a server does not
/// throw long work away. It says what it waits for, and gives up where nothing was answered for too long.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use tidings_eventstore::{EventStore, MemoryLog};
/// use tidings_replay::{PatientLog, verify_log};
/// use tidings_world::{Handle, System};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let world: Handle = Arc::new(System::new());
/// let log = Arc::new(MemoryLog::new(8));
/// let patient = PatientLog::new(log, world.clone(), Duration::from_secs(60), |words| eprintln!("{words}"));
/// let store = EventStore::start(Arc::new(patient), world, Default::default());
/// assert!(verify_log(&store, 2, |_| {}).await?.is_sound());
/// # Ok::<(), tidings_eventstore::ReadError>(())
/// # }).unwrap();
/// ```
pub struct PatientLog {
    log: Arc<dyn Log>,
    world: Handle,
    patience: Duration,
    say: Box<dyn Fn(&str) + Send + Sync>,
    state: Mutex<State>,
}

struct State {
    outage: Outage,
    /// The first failure after the last answer.
    since: Option<Instant>,
}

impl PatientLog {
    /// Asks `log` again for as long as `patience` without any answer. What it waits for, and that it no longer does, goes
    /// to `say`.
    pub fn new(
        log: Arc<dyn Log>,
        world: Handle,
        patience: Duration,
        say: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        let state = Mutex::new(State { outage: Outage::new(FIRST), since: None });
        Self { log, world, patience, say: Box::new(say), state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks until there is an answer, or no more patience.
    async fn ask<T, A>(&self, partition: u16, ask: impl Fn() -> A + Send + Sync) -> Result<T, ReadError>
    where
        A: Future<Output = Result<T, ReadError>> + Send,
    {
        let mut failed = false;
        loop {
            let answer = async {
                if failed {
                    // What comes back may be another.
                    self.log.check_identity().await?;
                }
                ask().await
            };
            match answer.await {
                Err(ReadError::Unavailable(cause)) => match self.rest(partition, &cause) {
                    Some(rest) => sleep(rest).await,
                    None => return Err(ReadError::Unavailable(cause)),
                },
                answer => {
                    self.answered(partition);
                    return answer;
                }
            }
            failed = true;
        }
    }

    /// How long to rest before the next try; `None` where there was no answer for too long.
    fn rest(&self, partition: u16, cause: &str) -> Option<Duration> {
        let (mut state, now) = (self.state(), Instant::now());
        let since = *state.since.get_or_insert(now);
        if now - since >= self.patience {
            return None;
        }
        let again = state.outage.failed(partition, cause, &*self.world);
        drop(state);
        if let Some(cause) = again.say {
            let most = self.patience.as_secs();
            (self.say)(&format!("waiting for the log, {most} s at most: {cause}"));
        }
        Some(again.after)
    }

    fn answered(&self, partition: u16) {
        let mut state = self.state();
        state.since = None;
        let over = state.outage.over(partition);
        drop(state);
        if let Some(after) = over {
            (self.say)(&format!("the log answers again {after}"));
        }
    }

    fn partition_of(&self, stream: &StreamId) -> u16 {
        partition_of(stream, self.log.shape().partitions)
    }
}

#[async_trait]
impl Log for PatientLog {
    fn shape(&self) -> Shape {
        self.log.shape()
    }

    fn identity(&self) -> Option<Uuid> {
        self.log.identity()
    }

    fn is_shared(&self) -> bool {
        self.log.is_shared()
    }

    async fn check_identity(&self) -> Result<(), ReadError> {
        self.log.check_identity().await
    }

    fn check(&self, commit: &Commit) -> Result<(), String> {
        self.log.check(commit)
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.log.insert(batches).await
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.ask(self.partition_of(stream), || self.log.read_stream(stream, version, limit)).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.ask(partition, || self.log.read_partition(partition, after, limit)).await
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.ask(partition, || self.log.head(partition)).await
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.ask(self.partition_of(stream), || self.log.version(stream)).await
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.ask(partition, || self.log.find_command(partition, command)).await
    }
}
