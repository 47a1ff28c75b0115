//! Logs for tests, written commit by commit: as large and as wrong as a test wants them.
#![allow(dead_code)] // each test uses a part

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::{CommentId, Encoded, Event, Position, PostId, StreamId, Target, Timestamp, UserId};
use tidings_domain::{comment, follow, like, post};
use tidings_eventstore::{
    Batch, Commit, EventStore, Hash, Head, InsertError, Log, MemoryLog, ReadError, Shape, Slice, partition_of,
};
use tidings_world::{Handle, Seeded, World};
use uuid::Uuid;

pub fn store_of(log: impl Log + 'static) -> EventStore {
    let world: Handle = Arc::new(Seeded::new(1));
    EventStore::start(Arc::new(log), world, Default::default())
}

pub fn event(name: &'static str, data: &str) -> Encoded {
    event_of(name, 1, data)
}

pub fn event_of(name: &'static str, schema: u16, data: &str) -> Encoded {
    Encoded { name: name.into(), schema, data: data.into() }
}

/// Commits that are put into a log as they are.
#[derive(Clone)]
pub struct Raw {
    pub partitions: Vec<Vec<Commit>>,
    versions: HashMap<StreamId, u64>,
    count: u64,
}

impl Raw {
    pub fn new(partitions: u16) -> Self {
        Self { partitions: vec![Vec::new(); usize::from(partitions)], versions: HashMap::new(), count: 0 }
    }

    /// So many commits of a social network, in which some streams have many and most have few.
    pub fn random(partitions: u16, commits: usize) -> Self {
        let (mut raw, world) = (Self::new(partitions), Seeded::new(7));
        let below = |most: u64| world.random() % most;
        let id = |kind: u64, n: u64| Uuid::from_u64_pair(kind, n);
        while raw.count < commits as u64 {
            let (user, other) = (UserId(id(1, below(50))), UserId(id(1, below(50))));
            let (post, comment) = (PostId(id(2, below(200))), CommentId(id(3, world.random())));
            let (target, text) = (Target::Post(post), format!("text {} – ü\n\u{1F600}", below(1_000)));
            let (stream, events) = match below(10) {
                0 => {
                    let created = post::Event::PostCreated { post, author: user, text: text.clone() };
                    let edited = post::Event::PostEdited { post, text };
                    (post::stream(post), vec![created.encode(), edited.encode()])
                }
                1 => (post::stream(post), vec![post::Event::PostEdited { post, text }.encode()]),
                2 | 3 => {
                    let added =
                        comment::Event::CommentAdded { comment, author: user, target, parent: None, text };
                    (comment::stream(comment), vec![added.encode()])
                }
                4 => {
                    let followed = follow::Event::Followed { follower: user, followee: other };
                    (follow::stream(user, other), vec![followed.encode()])
                }
                _ => (like::stream(user, target), vec![like::Event::Liked { user, target }.encode()]),
            };
            raw.append(stream.as_str(), events);
        }
        raw
    }

    pub fn partition_of(&self, stream: &str) -> u16 {
        partition_of(&stream.parse().unwrap(), self.partitions.len() as u16)
    }

    /// A commit as it should be.
    pub fn append(&mut self, stream: &str, events: Vec<Encoded>) -> Position {
        let stream: StreamId = stream.parse().unwrap();
        let partition = self.partition_of(stream.as_str());
        let version = self.versions.entry(stream.clone()).or_default();
        let first_version = *version + 1;
        *version += events.len() as u64;
        self.count += 1;
        let all = self.count;
        let commits = &mut self.partitions[usize::from(partition)];
        let position = Position::new(partition, commits.len() as u64 + 1);
        let id = |kind| Uuid::from_u64_pair(kind, all);
        let mut commit = Commit {
            position,
            stream,
            first_version,
            events,
            id: id(1),
            command: id(2),
            correlation: id(3),
            causation: all.is_multiple_of(3).then(|| id(4)),
            actor: id(5),
            occurred_at: all.is_multiple_of(2).then(|| Timestamp::from_millis(-(all as i64))),
            // Several commits at one time.
            recorded_at: Timestamp::from_millis(1_767_225_600_000 + (all / 3) as i64),
            hash: Hash::default(),
        };
        commit.hash = commit.hash_after(commits.last().map_or(Hash::default(), |last| last.hash));
        commits.push(commit);
        position
    }

    /// Changes a commit, and not its hash.
    pub fn change(&mut self, at: Position, change: impl FnOnce(&mut Commit)) {
        change(&mut self.partitions[usize::from(at.partition)][at.number as usize - 1]);
    }

    /// Changes a commit as someone who makes the hashes of its partition anew.
    pub fn rewrite(&mut self, at: Position, change: impl FnOnce(&mut Commit)) {
        self.change(at, change);
        let mut before = Hash::default();
        for commit in &mut self.partitions[usize::from(at.partition)] {
            commit.hash = commit.hash_after(before);
            before = commit.hash;
        }
    }

    /// A log in memory with them.
    pub async fn log(&self) -> MemoryLog {
        let log = MemoryLog::new(self.partitions.len() as u16);
        self.fill(&log).await;
        log
    }

    /// Puts them into a log that is empty.
    pub async fn fill(&self, log: &dyn Log) {
        for (partition, commits) in (0..).zip(&self.partitions) {
            let commits: Vec<_> = commits.iter().cloned().map(Arc::new).collect();
            let count = commits.len();
            if count > 0 {
                assert_eq!(log.insert(&[Batch { partition, commits }]).await.unwrap(), [count]);
            }
        }
    }

    /// A log with them that minds no keys and takes nothing.
    pub fn log_unchecked(&self) -> Unchecked {
        Unchecked(
            self.partitions.iter().map(|commits| commits.iter().cloned().map(Arc::new).collect()).collect(),
        )
    }
}

/// Commits that no log would have taken, to be read partition by partition.
pub struct Unchecked(Vec<Vec<Arc<Commit>>>);

#[async_trait]
impl Log for Unchecked {
    fn shape(&self) -> Shape {
        Shape { partitions: self.0.len() as u16, lanes: 1, gather: Duration::ZERO }
    }
    async fn insert(&self, _: &[Batch]) -> Result<Vec<usize>, InsertError> {
        Err(InsertError::Refused("it takes nothing".into()))
    }
    async fn read_stream(&self, _: &StreamId, _: u64, _: usize) -> Result<Slice, ReadError> {
        unimplemented!("partitions alone are read")
    }
    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let all = &self.0[usize::from(partition)];
        let commits: Vec<_> = all.iter().skip(after as usize).take(limit).cloned().collect();
        Ok(Slice { end: after as usize + commits.len() == all.len(), commits })
    }
    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        Ok(self.0[usize::from(partition)].last().map_or_else(Head::default, |last| Head::of(last)))
    }
    async fn version(&self, _: &StreamId) -> Result<u64, ReadError> {
        unimplemented!("partitions alone are read")
    }
    async fn find_command(&self, _: u16, _: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        unimplemented!("partitions alone are read")
    }
}
