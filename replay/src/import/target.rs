//! The log that is written: what it holds, and what is put behind that.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use tidings_domain::{Position, StreamId};
use tidings_eventstore::{Commit, Head, Log, ReadError};

use super::{ImportError, ImportOptions};

/// How many streams' versions are remembered. More than the commits that wait, whose versions the target does not
/// know yet.
const KNOWN: NonZeroUsize = NonZeroUsize::new(1 << 17).unwrap();

/// About the most bytes that wait to be inserted.
const BYTES: usize = 8 << 20;

pub(super) struct Target<'a> {
    pub(super) log: &'a dyn Log,
    pub(super) options: ImportOptions,
    /// What is there for certain.
    heads: Vec<Head>,
    versions: LruCache<StreamId, u64>,
    pub(super) waiting: BTreeMap<u16, Vec<Arc<Commit>>>,
    pub(super) count: usize,
    pub(super) bytes: usize,
    pub(super) written: Vec<u16>,
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

    pub(super) fn head(&mut self, partition: u16) -> &mut Head {
        &mut self.heads[usize::from(partition)]
    }

    /// The target does not hold another commit in this place, as far as its heads tell, and could take this one.
    pub(super) fn holds_none_but(&self, commit: &Commit) -> Result<(), ImportError> {
        let position = commit.position;
        let head = self.heads[usize::from(position.partition)];
        if head.number == position.number && head.hash != commit.hash {
            let cause = format!("its partition {} is another up to {position}", position.partition);
            return Err(ImportError::Other { cause });
        }
        self.could_take(commit)
    }

    fn could_take(&self, commit: &Commit) -> Result<(), ImportError> {
        let unfit = |cause| {
            let (position, stream) = (commit.position, commit.stream.clone());
            ImportError::Unfit { position, stream, cause }
        };
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
        self.could_take(&commit)?;
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
