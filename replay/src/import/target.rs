//! The log that is written: what it holds, and what is put behind that.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use lru::LruCache;
use tidings_domain::{Position, StreamId};
use tidings_eventstore::{Batch, Commit, Head, InsertError, Log, ReadError};
use tokio::time::{Instant, sleep};

use super::{ImportError, ImportOptions};

/// How many streams' versions are remembered. More than the commits that wait, whose versions the target does not
/// know yet.
const KNOWN: NonZeroUsize = NonZeroUsize::new(1 << 17).unwrap();

/// About the most bytes that wait to be inserted.
const BYTES: usize = 8 << 20;

/// How long it rests before a target that failed is tried again.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Target<'a> {
    log: &'a dyn Log,
    options: ImportOptions,
    /// What is there for certain.
    heads: Vec<Head>,
    versions: LruCache<StreamId, u64>,
    waiting: BTreeMap<u16, Vec<Arc<Commit>>>,
    count: usize,
    bytes: usize,
    written: Vec<u16>,
}

impl<'a> Target<'a> {
    pub(super) async fn open(log: &'a dyn Log, options: ImportOptions) -> Result<Self, ReadError> {
        let mut heads = Vec::new();
        for partition in 0..log.shape().partitions {
            heads.push(log.head(partition).await?);
        }
        Ok(Self {
            log,
            options,
            heads,
            versions: LruCache::new(KNOWN),
            waiting: BTreeMap::new(),
            count: 0,
            bytes: 0,
            written: Vec::new(),
        })
    }

    /// Where its partitions end.
    pub(super) fn heads(&self) -> &[Head] {
        &self.heads
    }

    fn head(&mut self, partition: u16) -> &mut Head {
        &mut self.heads[usize::from(partition)]
    }

    /// The target does not hold another commit in this place, as far as its heads tell, and could take this one.
    pub(super) fn holds_none_but(&self, commit: &Commit) -> Result<(), ImportError> {
        let (position, stream) = (commit.position, &commit.stream);
        let head = self.heads[usize::from(position.partition)];
        if head.number == position.number && head.hash != commit.hash {
            let cause = format!("its partition {} is another up to {position}", position.partition);
            return Err(ImportError::Other { cause });
        }
        let unfit = |cause| ImportError::Unfit { position, stream: stream.clone(), cause };
        self.log.check(commit).map_err(unfit)
    }

    /// The target ends nowhere beyond these heads.
    pub(super) fn holds_no_more_than(&self, heads: &[Head]) -> Result<(), ImportError> {
        for ((held, head), partition) in self.heads.iter().zip(heads).zip(0u16..) {
            if held.number > head.number {
                let (held, number) = (held.number, head.number);
                let cause =
                    format!("its partition {partition} has {held} commits, and the file's log {number}");
                return Err(ImportError::Other { cause });
            }
        }
        Ok(())
    }

    /// Puts the next commit behind what is there; passes over what is there already.
    pub(super) async fn put(&mut self, commit: Commit) -> Result<(), ImportError> {
        let Position { partition, number } = commit.position;
        if number <= self.head(partition).number {
            self.versions.put(commit.stream.clone(), commit.last_version());
            return Ok(());
        }
        self.check_version(&commit).await?;
        self.versions.put(commit.stream.clone(), commit.last_version());
        self.count += 1;
        self.bytes += commit.bytes();
        self.waiting.entry(partition).or_default().push(Arc::new(commit));
        if self.count >= self.options.batch || self.bytes >= BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// The partitions that were written to since this was asked last.
    pub(super) fn written(&mut self) -> Vec<u16> {
        std::mem::take(&mut self.written)
    }

    /// It goes on where its stream is. That a stream does not begin twice is for the target's keys.
    async fn check_version(&mut self, commit: &Commit) -> Result<(), ImportError> {
        let (stream, found) = (&commit.stream, commit.first_version);
        let version = match self.versions.get(stream) {
            Some(version) => *version,
            None if found == 1 => 0,
            None => self.log.version(stream).await?,
        };
        if version + 1 == found {
            return Ok(());
        }
        Err(ImportError::Version { stream: stream.clone(), version, found })
    }

    /// Inserts what waits, however often it takes; returns when all of it is durable.
    pub(super) async fn flush(&mut self) -> Result<(), ImportError> {
        let waiting = std::mem::take(&mut self.waiting);
        (self.count, self.bytes) = (0, 0);
        self.written.extend(waiting.keys());
        let mut batches: Vec<Batch> =
            waiting.into_iter().map(|(partition, commits)| Batch { partition, commits }).collect();
        let mut failing: Option<Instant> = None;
        while !batches.is_empty() {
            let failure = match self.insert(&mut batches).await {
                Ok(()) => {
                    failing = None;
                    continue;
                }
                Err(ImportError::Target(cause)) => cause,
                Err(ImportError::Read(ReadError::Unavailable(cause))) => cause,
                Err(error) => return Err(error),
            };
            let since = *failing.get_or_insert_with(Instant::now);
            if since.elapsed() >= self.options.patience {
                return Err(ImportError::Target(failure));
            }
            sleep(PAUSE.min(self.options.patience)).await;
        }
        Ok(())
    }

    /// Inserts once; leaves what is still to be inserted.
    async fn insert(&mut self, batches: &mut Vec<Batch>) -> Result<(), ImportError> {
        match self.log.insert(batches).await {
            Ok(stored) => {
                for (batch, stored) in batches.iter_mut().zip(stored) {
                    self.stored(batch, stored);
                }
                batches.retain(|batch| !batch.commits.is_empty());
                // A key was taken where something is left.
                for batch in &mut *batches {
                    let before = batch.commits.len();
                    self.look(batch).await?;
                    if batch.commits.len() == before {
                        return Err(self.taken(&batch.commits[0]).await?);
                    }
                }
            }
            Err(InsertError::Refused(cause)) => return Err(ImportError::Target(cause)),
            Err(InsertError::InDoubt(cause)) => {
                for batch in &mut *batches {
                    self.look(batch).await?;
                }
                batches.retain(|batch| !batch.commits.is_empty());
                if !batches.is_empty() {
                    return Err(ImportError::Target(cause));
                }
            }
        }
        batches.retain(|batch| !batch.commits.is_empty());
        Ok(())
    }

    /// The first commits of a batch are in the log.
    fn stored(&mut self, batch: &mut Batch, count: usize) {
        let count = count.min(batch.commits.len());
        if let Some(last) = batch.commits.drain(..count).next_back() {
            *self.head(batch.partition) = Head::of(&last);
        }
    }

    /// Finds out how many of a batch are there: an insert that was in doubt may have landed.
    async fn look(&mut self, batch: &mut Batch) -> Result<(), ImportError> {
        let after = self.head(batch.partition).number;
        let there = self.log.read_partition(batch.partition, after, batch.commits.len()).await?.commits;
        let ours =
            there.iter().zip(&batch.commits).take_while(|(there, ours)| there.hash == ours.hash).count();
        if let Some(other) = there.get(ours) {
            return Err(ImportError::Conflict { position: other.position });
        }
        self.stored(batch, ours);
        Ok(())
    }

    /// Which key of a commit is taken, when its number is not.
    async fn taken(&self, commit: &Commit) -> Result<ImportError, ReadError> {
        let (command, stream, partition) = (commit.command, commit.stream.clone(), commit.position.partition);
        if self.log.find_command(partition, command).await?.is_some() {
            return Ok(ImportError::Command { command, stream, partition });
        }
        let (version, found) = (self.log.version(&stream).await?, commit.first_version);
        Ok(ImportError::Version { stream, version, found })
    }

    /// The target ends as it should.
    pub(super) async fn compare(&self, wanted: &[Head]) -> Result<(), ImportError> {
        for (wanted, partition) in wanted.iter().zip(0u16..) {
            let found = self.log.head(partition).await?;
            if (found.number, found.hash) != (wanted.number, wanted.hash) {
                let end = |head: &Head| format!("{partition}:{} ({})", head.number, head.hash);
                return Err(ImportError::Unequal { partition, found: end(&found), wanted: end(wanted) });
            }
        }
        Ok(())
    }
}
