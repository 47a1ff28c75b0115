//! What programs use: append to a stream, read a stream, read a partition, follow the log.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Origin, Position, StreamId};
use tidings_world::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::heads::Heads;
use crate::known::Known;
use crate::lane::Lane;
use crate::pending::Pending;
use crate::recent::Recent;
use crate::turns::Turns;
use crate::verdict::verdict;
use crate::{Append, AppendError, Appended, Commit, Head, Log, ReadError, Slice, partition_of};

/// The log, ready for use. Cheap to clone; all clones share the writers.
///
/// ```
/// use std::sync::Arc;
/// use tidings_eventstore::{Append, EventStore, MemoryLog, Options};
/// use tidings_world::{System, World};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let world = Arc::new(System::new());
/// let store = EventStore::start(Arc::new(MemoryLog::new(8)), world.clone(), Options::default());
/// let append = Append {
///     stream: "lamp-kitchen".parse()?,
///     expected: 0,
///     events: vec![tidings_domain::Encoded { name: "TurnedOn".into(), schema: 1, data: "{}".into() }],
///     command: world.id(),
///     correlation: world.id(),
///     causation: None,
///     actor: world.id(),
///     occurred_at: None,
/// };
/// let first = store.append(append.clone()).await?;
/// assert_eq!(first.commit.last_version(), 1);
/// assert!(store.append(append).await?.replayed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct EventStore(Arc<Inner>);

struct Inner {
    log: Arc<dyn Log>,
    world: Handle,
    lanes: Vec<mpsc::Sender<Pending>>,
    heads: watch::Receiver<Vec<u64>>,
    recent: Arc<Recent>,
    known: Arc<Known>,
    options: Options,
}

/// How an [`EventStore`] writes.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most commits in one group commit.
    pub batch: usize,
    /// The most bytes of one event's data; 1 MiB.
    pub max_event_bytes: usize,
    /// The most bytes of one commit's events together; 8 MiB.
    pub max_commit_bytes: usize,
    /// How long a caller waits for a log that fails before it is told `Unavailable`; a fifth more where the log does
    /// not even fail, but hangs.
    pub patience: Duration,
    /// How many streams' versions are remembered.
    pub known_streams: NonZeroUsize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 1_000,
            max_event_bytes: 1 << 20,
            max_commit_bytes: 8 << 20,
            patience: Duration::from_millis(1_250),
            known_streams: NonZeroUsize::new(65_536).unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// How many commits one page of a long read asks for.
const PAGE: usize = 1_000;

impl EventStore {
    /// Starts the writers of a log, on the running tokio runtime. They end with the last handle.
    pub fn start(log: Arc<dyn Log>, world: Handle, options: Options) -> Self {
        let shape = log.shape();
        let (heads, seen) = Heads::new(shape.partitions);
        let recent = Arc::new(Recent::new(shape.partitions));
        let (heads, known) = (Arc::new(heads), Arc::new(Known::new(options.known_streams)));
        let turns = Arc::new(Turns::new());
        let lanes = (0..shape.lanes.max(1)).map(|_| {
            let (sender, receiver) = mpsc::channel(options.batch.max(1));
            let (log, world, heads, known) = (log.clone(), world.clone(), heads.clone(), known.clone());
            let lane = Lane::new(log, world, options, heads, known, recent.clone(), turns.clone());
            tokio::spawn(lane.run(receiver));
            sender
        });
        Self(Arc::new(Inner { lanes: lanes.collect(), log, world, heads: seen, recent, known, options }))
    }

    /// The number of partitions.
    pub fn partitions(&self) -> u16 {
        self.0.log.shape().partitions
    }

    /// The log, as those know it who keep what they make of its events.
    pub fn origin(&self) -> Origin {
        Origin { partitions: self.partitions(), log: self.0.log.identity() }
    }

    /// Where its time, ids and chance come from.
    pub fn world(&self) -> &Handle {
        &self.0.world
    }

    /// The partition of a stream.
    pub fn partition_of(&self, stream: &StreamId) -> u16 {
        partition_of(stream, self.partitions())
    }

    /// Appends the events of one command, once, and answers when they are durable. A caller that stops waiting
    /// does not undo it: the append is still made.
    ///
    /// # Errors
    /// A [`Conflict`](AppendError::Conflict) where the stream is at another version;
    /// [`CommandReused`](AppendError::CommandReused) where the command's id is another stream's;
    /// [`Unfit`](AppendError::Unfit) where it is empty or too large; [`Unavailable`](AppendError::Unavailable)
    /// where the log fails, and then the same append may be sent again.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.check_size(&append)?;
        let patience = self.0.options.patience;
        // The writers tell the callers whose patience is at an end, but not while a call to the log hangs.
        let answer = tokio::time::timeout(patience + patience / 5, self.append_patiently(append)).await;
        answer.unwrap_or_else(|_| Err(AppendError::Unavailable("the log does not answer in time".into())))
    }

    async fn append_patiently(&self, append: Append) -> Result<Appended, AppendError> {
        let (partition, expected) = (self.partition_of(&append.stream), append.expected);
        let (reply, answer) = oneshot::channel();
        let pending = Pending::new(append, partition, self.0.world.id(), reply);
        self.0.log.check(pending.commit()).map_err(AppendError::Unfit)?;
        let stream = &pending.commit().stream;
        if !self.0.known.ends_at(stream, expected) && self.version(stream).await? != expected {
            match verdict(&*self.0.log, &self.0.known, pending.commit(), expected).await? {
                Some(Ok(commit)) => return Ok(Appended { commit, replayed: true }),
                Some(Err(error)) => return Err(error),
                None => {}
            }
        }
        let lane = &self.0.lanes[usize::from(partition) % self.0.lanes.len()];
        let gone = || AppendError::Unavailable("the writer has stopped".into());
        lane.send(pending).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(crate) fn log(&self) -> &dyn Log {
        &*self.0.log
    }

    fn check_size(&self, append: &Append) -> Result<(), AppendError> {
        let Options { max_event_bytes, max_commit_bytes, .. } = self.0.options;
        let unfit = |why: String| Err(AppendError::Unfit(why));
        if append.expected > i64::MAX as u64 - append.events.len() as u64 {
            return unfit(format!("no stream is ever at version {}", append.expected));
        }
        if append.events.is_empty() {
            return unfit("an append has at least one event".into());
        }
        if let Some(event) = append.events.iter().find(|e| e.data.len() > max_event_bytes) {
            let (name, size) = (&event.name, event.data.len());
            return unfit(format!("event {name} has {size} bytes; the limit is {max_event_bytes}"));
        }
        let total: usize = append.events.iter().map(|e| e.data.len()).sum();
        if total > max_commit_bytes {
            return unfit(format!("the events have {total} bytes together; the limit is {max_commit_bytes}"));
        }
        Ok(())
    }

    /// The commits of a stream that hold versions from `version` on; at most `limit`.
    ///
    /// # Errors
    /// When the log does not answer or is damaged.
    pub async fn read_stream(
        &self,
        stream: &StreamId,
        version: u64,
        limit: usize,
    ) -> Result<Slice, ReadError> {
        let slice = self.0.log.read_stream(stream, version, limit).await?;
        if let Some(last) = slice.commits.last() {
            self.0.known.saw(stream, last.last_version());
        }
        Ok(slice)
    }

    /// All commits of a stream that hold versions from `version` on, page by page, to `take`.
    ///
    /// # Errors
    /// When the log does not answer or is damaged, or what `take` returns.
    pub async fn fold_stream<E: From<ReadError>>(
        &self,
        stream: &StreamId,
        version: u64,
        mut take: impl FnMut(&Commit) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut next = version;
        loop {
            let slice = self.read_stream(stream, next, PAGE).await?;
            for commit in &slice.commits {
                take(commit)?;
                next = commit.last_version() + 1;
            }
            if slice.end {
                return Ok(());
            }
        }
    }

    /// The commits of a partition after number `after`, none left out; at most `limit`.
    ///
    /// # Errors
    /// When the log does not answer or is damaged, as where the next is missing and others follow.
    pub async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let mut slice = self.0.log.read_partition(partition, after, limit).await?;
        let next = after.saturating_add(1);
        // Whoever reads on past a hole has not seen what it takes itself to have seen.
        let follow = slice.commits.iter().zip(next..).take_while(|(commit, n)| commit.position.number == *n);
        let whole = follow.count();
        match slice.commits.get(whole) {
            None => Ok(slice),
            Some(beyond) if whole == 0 => Err(ReadError::Damaged {
                place: format!("{partition}:{next}"),
                cause: format!("the commit is missing, and {} is there", beyond.position),
            }),
            Some(_) => {
                slice.commits.truncate(whole);
                slice.end = false;
                Ok(slice)
            }
        }
    }

    /// The commit at a position, where there is one.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tidings_domain::Position;
    /// use tidings_eventstore::{EventStore, MemoryLog};
    /// use tidings_world::System;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let store = EventStore::start(Arc::new(MemoryLog::new(8)), Arc::new(System::new()), Default::default());
    /// assert!(store.commit_at(Position::new(3, 1)).await?.is_none(), "it is empty");
    /// # Ok::<(), tidings_eventstore::ReadError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When the log does not answer or is damaged, as where it is missing and others follow.
    pub async fn commit_at(&self, position: Position) -> Result<Option<Arc<Commit>>, ReadError> {
        let Some(before) = position.number.checked_sub(1) else { return Ok(None) };
        let slice = self.read_partition(position.partition, before, 1).await?;
        Ok(slice.commits.into_iter().next())
    }

    /// The end of a partition.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.0.log.head(partition).await
    }

    /// The version of a stream; 0 where it has no event.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        let version = self.0.log.version(stream).await?;
        self.0.known.saw(stream, version);
        Ok(version)
    }

    /// The commit that a command made on this stream's partition, if it made one.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn find_on(&self, stream: &StreamId, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.0.log.find_command(self.partition_of(stream), command).await
    }

    /// The commit that a command made, wherever it stands.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn find_command(&self, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        for partition in 0..self.partitions() {
            if let Some(commit) = self.0.log.find_command(partition, command).await? {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }

    /// Commits of a partition that follow number `after` without a gap and were appended by this process a
    /// moment ago, at most `limit`, from memory. Where it holds none there may be some all the same: only
    /// [`read_partition`](Self::read_partition) knows.
    pub fn recent(&self, partition: u16, after: u64, limit: usize) -> Vec<Arc<Commit>> {
        self.0.recent.after(partition, after, limit)
    }

    /// Wakes whenever this process has appended; holds the last number of each partition that its writers know of.
    /// Only a hint that saves waiting: others may append too.
    pub fn appended(&self) -> watch::Receiver<Vec<u64>> {
        self.0.heads.clone()
    }
}
