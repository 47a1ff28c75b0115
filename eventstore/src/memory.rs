//! A log in memory, for tests and simulations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::StreamId;
use uuid::Uuid;

use crate::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice, partition_of};

/// Keeps everything in memory; gone with the last handle. Cloned handles share one log, so several hosts can
/// write to it.
#[derive(Clone, Default)]
pub struct MemoryLog {
    partitions: Arc<Vec<Mutex<Partition>>>,
}

#[derive(Default)]
struct Partition {
    commits: Vec<Arc<Commit>>,
    streams: BTreeMap<StreamId, Vec<usize>>,
    versions: BTreeSet<(StreamId, u64)>,
    commands: BTreeMap<Uuid, usize>,
}

impl MemoryLog {
    /// An empty log of so many partitions (at least 1).
    pub fn new(partitions: u16) -> Self {
        let partitions = (0..partitions.max(1)).map(|_| Mutex::default()).collect();
        Self { partitions: Arc::new(partitions) }
    }

    fn partition(&self, partition: u16) -> Result<MutexGuard<'_, Partition>, ReadError> {
        let found = self.partitions.get(usize::from(partition));
        let found = found.ok_or_else(|| ReadError::Unavailable(format!("no partition {partition}")))?;
        Ok(found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Partition {
    /// Stores a commit unless one of its keys is taken.
    fn store(&mut self, commit: &Arc<Commit>) -> bool {
        let place = self.commits.len();
        let key = (commit.stream.clone(), commit.first_version);
        let number_free = commit.position.number == place as u64 + 1;
        if !number_free || self.versions.contains(&key) || self.commands.contains_key(&commit.command) {
            return false;
        }
        self.versions.insert(key);
        self.commands.insert(commit.command, place);
        self.streams.entry(commit.stream.clone()).or_default().push(place);
        self.commits.push(commit.clone());
        true
    }
}

#[async_trait]
impl Log for MemoryLog {
    fn shape(&self) -> Shape {
        Shape {
            partitions: u16::try_from(self.partitions.len()).unwrap_or(u16::MAX),
            lanes: 1,
            gather: Duration::ZERO,
        }
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        let mut stored = Vec::with_capacity(batches.len());
        for batch in batches {
            let mut partition =
                self.partition(batch.partition).map_err(|e| InsertError::Refused(e.to_string()))?;
            stored.push(batch.commits.iter().take_while(|commit| partition.store(commit)).count());
        }
        Ok(stored)
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        let partition = self.partition(partition_of(stream, self.shape().partitions))?;
        let places = partition.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let from = places.partition_point(|place| partition.commits[*place].last_version() < version);
        let asked = places[from..].iter().take(limit);
        let commits: Vec<_> = asked.map(|place| partition.commits[*place].clone()).collect();
        Ok(Slice { end: from + commits.len() == places.len(), commits })
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let partition = self.partition(partition)?;
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(partition.commits.len());
        let commits: Vec<_> = partition.commits[from..].iter().take(limit).cloned().collect();
        Ok(Slice { end: from + commits.len() == partition.commits.len(), commits })
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        Ok(self.partition(partition)?.commits.last().map_or_else(Head::default, |last| Head::of(last)))
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        let partition = self.partition(partition_of(stream, self.shape().partitions))?;
        let last = partition.streams.get(stream).and_then(|places| places.last());
        Ok(last.map_or(0, |place| partition.commits[*place].last_version()))
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        let partition = self.partition(partition)?;
        Ok(partition.commands.get(&command).map(|place| partition.commits[*place].clone()))
    }
}
