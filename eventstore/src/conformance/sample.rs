//! Samples that the suite appends, and the whole of a log read back.

use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Encoded, Position, StreamId, Timestamp};
use tidings_world::{Seeded, World};
use uuid::Uuid;

use super::Adapter;
use crate::{
    Append, AppendError, Appended, Batch, Commit, EventStore, Hash, Head, Log, Options, partition_of, verify,
};

/// A fresh log and the world that it is written in.
pub(super) struct Bench {
    pub(super) log: Arc<dyn Log>,
    pub(super) world: Arc<Seeded>,
}

impl Bench {
    pub(super) async fn new(adapter: &dyn Adapter) -> Self {
        Self { log: adapter.create(4).await, world: Arc::new(Seeded::new(7)) }
    }

    /// A store on the log, with writers of its own: as many as there are processes to be.
    pub(super) fn store(&self) -> EventStore {
        // How fast a server is on a busy machine is no promise.
        let options = Options { patience: Duration::from_secs(60), ..Options::default() };
        EventStore::start(self.log.clone(), self.world.clone(), options)
    }

    pub(super) fn id(&self) -> Uuid {
        self.world.id()
    }

    /// An append of so many events, by a command of its own.
    pub(super) fn append(&self, stream: &StreamId, expected: u64, events: usize) -> Append {
        self.command(self.id(), stream, expected, events)
    }

    pub(super) fn command(&self, command: Uuid, stream: &StreamId, expected: u64, events: usize) -> Append {
        let event = |n: usize| {
            let data = format!(r#"{{"command":"{command}","n":{n}}}"#);
            Encoded { name: "Happened".into(), schema: 1, data }
        };
        Append {
            stream: stream.clone(),
            expected,
            events: (0..events).map(event).collect(),
            command,
            correlation: command,
            causation: Some(Uuid::from_u128(1)),
            actor: Uuid::from_u128(2),
            occurred_at: Some(Timestamp::from_millis(1_700_000_000_123)),
        }
    }
}

pub(super) fn stream(name: impl std::fmt::Display) -> StreamId {
    format!("thing-{name}").parse().unwrap()
}

/// The `nth` stream of a partition.
pub(super) fn stream_in(partition: u16, partitions: u16, nth: usize) -> StreamId {
    (0..).map(stream).filter(|s| partition_of(s, partitions) == partition).nth(nth).unwrap()
}

/// Commits for the port itself, one after another.
pub(super) struct Chain {
    partition: u16,
    head: Head,
}

impl Chain {
    pub(super) fn new(partition: u16) -> Self {
        Self { partition, head: Head::default() }
    }

    pub(super) fn next(&mut self, bench: &Bench, stream: &StreamId, first_version: u64) -> Arc<Commit> {
        self.next_of(bench.id(), bench, stream, first_version)
    }

    pub(super) fn next_of(
        &mut self,
        command: Uuid,
        bench: &Bench,
        stream: &StreamId,
        first_version: u64,
    ) -> Arc<Commit> {
        let append = bench.command(command, stream, first_version - 1, 1);
        let mut commit = Commit {
            position: Position::new(self.partition, self.head.number + 1),
            stream: append.stream,
            first_version,
            events: append.events,
            id: bench.id(),
            command,
            correlation: append.correlation,
            causation: append.causation,
            actor: append.actor,
            occurred_at: append.occurred_at,
            recorded_at: bench.world.now().max(self.head.recorded_at),
            hash: Hash::default(),
        };
        commit.hash = commit.hash_after(self.head.hash);
        self.head = Head::of(&commit);
        Arc::new(commit)
    }

    pub(super) fn batch(&self, commits: impl IntoIterator<Item = Arc<Commit>>) -> Batch {
        Batch { partition: self.partition, commits: commits.into_iter().collect() }
    }
}

/// All commits, after proving every partition.
pub(super) async fn everything(log: &dyn Log) -> Vec<Arc<Commit>> {
    let mut all = Vec::new();
    for partition in 0..log.shape().partitions {
        let report = verify(log, partition, |_| {}).await.unwrap();
        let before = all.len();
        let mut after = 0;
        loop {
            let slice = log.read_partition(partition, after, 100).await.unwrap();
            after = slice.commits.last().map_or(after, |c| c.position.number);
            all.extend(slice.commits);
            if slice.end {
                break;
            }
        }
        assert_eq!(report.commits, (all.len() - before) as u64, "partition {partition}");
        assert_eq!(log.head(partition).await.unwrap(), report.head, "partition {partition}");
    }
    all
}

/// All events of a stream as (version, data), read page by page.
pub(super) async fn history(log: &dyn Log, stream: &StreamId, from: u64, page: usize) -> Vec<(u64, String)> {
    let (mut events, mut next) = (Vec::new(), from);
    loop {
        let slice = log.read_stream(stream, next, page).await.unwrap();
        assert!(slice.commits.len() <= page);
        for commit in &slice.commits {
            assert!(commit.last_version() >= next, "a commit before the version asked for");
            events.extend(commit.recorded().map(|e| (e.version, e.event.data)).filter(|e| e.0 >= from));
            next = commit.last_version() + 1;
        }
        if slice.end {
            return events;
        }
        assert!(!slice.commits.is_empty(), "an empty page that is not the end");
    }
}

pub(super) fn conflict(stream: &StreamId, expected: u64, actual: u64) -> Result<Appended, AppendError> {
    Err(AppendError::Conflict { stream: stream.clone(), expected, actual })
}
