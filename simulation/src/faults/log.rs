//! A log that times out before and after the effect, stores in part and late, refuses, and fails its readers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::StreamId;
use tidings_eventstore::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice};
use uuid::Uuid;

use crate::life::{Life, Server};
use crate::servers::outcome_first;
use crate::stage::Stage;
use crate::{Planted, hold};

/// By how much a planted bug's reads are old.
const STALE: Duration = Duration::from_secs(2);

/// The log as one process sees it.
#[derive(Clone)]
pub(crate) struct FaultyLog {
    stage: Arc<Stage>,
    life: Life,
}

impl FaultyLog {
    pub(crate) fn new(stage: Arc<Stage>, life: Life) -> Self {
        Self { stage, life }
    }

    async fn store(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.stage.store(self.life.name(), batches).await
    }

    /// The effect comes later, whatever becomes of the caller.
    fn store_later(&self, batches: Vec<Batch>) {
        let (stage, by) = (self.stage.clone(), format!("{}, late", self.life.name()));
        self.stage.later(async move {
            // What does not fit any more is not stored.
            let _ = stage.store(&by, &batches).await;
        });
    }

    fn doubt<T>(&self, what: &'static str) -> Result<T, InsertError> {
        self.stage.note(format_args!("fault {}: {what}", self.life.name()));
        match self.stage.planted(Planted::DoubtIsFailure) {
            true => Err(InsertError::Refused(what.into())),
            false => Err(InsertError::InDoubt(what.into())),
        }
    }

    /// Only a part from the front of each batch, and the rest.
    fn split(&self, batches: &[Batch]) -> (Vec<Batch>, Vec<Batch>) {
        let (mut front, mut rest) = (Vec::new(), Vec::new());
        for Batch { partition, commits } in batches {
            let place = usize::try_from(self.stage.chance.below(commits.len() as u64 + 1)).unwrap_or(0);
            let (stored, left) = commits.split_at(place);
            for (of, commits) in [(&mut front, stored), (&mut rest, left)] {
                if !commits.is_empty() {
                    of.push(Batch { partition: *partition, commits: commits.to_vec() });
                }
            }
        }
        (front, rest)
    }

    async fn insert_or_fail(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        let stage = &self.stage;
        if stage.outages.log.load(Ordering::Relaxed) {
            return match stage.chance.happens(500) {
                true => Err(InsertError::Refused("the log is gone".into())),
                false => self.doubt("the log is gone"),
            };
        }
        if stage.fault("an insert refused", |odds| odds.refused) {
            stage.note(format_args!("fault {}: an insert refused", self.life.name()));
            return Err(InsertError::Refused("refused".into()));
        }
        if stage.fault("in doubt, nothing stored", |odds| odds.doubt_nothing) {
            return self.doubt("in doubt, nothing stored");
        }
        if stage.fault("in doubt, all stored", |odds| odds.doubt_done) {
            self.store(batches).await?;
            return self.doubt("in doubt, all stored");
        }
        if stage.fault("in doubt, stored late", |odds| odds.doubt_late) {
            // The server may end, or have another primary, in the middle of it.
            let part = stage.chance.happens(300);
            if part {
                stage.count_fault("in doubt, a part stored late");
            }
            self.store_later(if part { self.split(batches).0 } else { batches.to_vec() });
            return self.doubt("in doubt, stored late");
        }
        if stage.fault("in doubt, stored in part", |odds| odds.doubt_part) {
            let (front, mut rest) = self.split(batches);
            let stored = self.store(&front).await?;
            // An ordered insert ends at a taken key: what comes behind it does not land, ever.
            let stopped = |b: &Batch| {
                front.iter().zip(&stored).any(|(f, n)| f.partition == b.partition && *n < f.commits.len())
            };
            rest.retain(|batch| !stopped(batch));
            if stage.chance.happens(500) {
                stage.count_fault("in doubt, the rest stored late");
                self.store_later(rest);
            }
            return self.doubt("in doubt, stored in part");
        }
        self.store(batches).await
    }

    /// Before a read takes its look.
    async fn look(&self) -> Result<(), ReadError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Log, "before a read").await;
        let gone = self.stage.outages.log.load(Ordering::Relaxed);
        if gone || self.stage.fault("a read failed", |odds| odds.read_error) {
            self.stage.note(format_args!("fault {}: a read failed", self.life.name()));
            return Err(ReadError::Unavailable("a read failed".into()));
        }
        Ok(())
    }

    /// After it; what was seen may be old by now.
    async fn seen<T>(&self, seen: T) -> Result<T, ReadError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Log, "after a read").await;
        Ok(seen)
    }

    fn shorten(&self, mut slice: Slice) -> Slice {
        if slice.commits.len() > 1 && self.stage.fault("a short read", |odds| odds.short_read) {
            let keep = self.stage.chance.between(1, slice.commits.len() as u64 - 1);
            slice.commits.truncate(usize::try_from(keep).unwrap_or(1));
            slice.end = false;
        }
        slice
    }
}

#[async_trait]
impl Log for FaultyLog {
    fn shape(&self) -> Shape {
        let lanes = self.stage.plan.lanes;
        Shape { partitions: self.stage.plan.partitions, lanes, gather: Duration::ZERO }
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Log, "before an insert").await;
        if self.stage.planted(Planted::OutcomeFirst) {
            outcome_first(&self.stage, self.life.name(), batches);
        }
        let answer = self.insert_or_fail(batches).await;
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Log, "after an insert").await;
        answer
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.look().await?;
        let mut slice = self.stage.at_once(self.stage.log().read_stream(stream, version, limit))?;
        if self.stage.planted(Planted::StaleReads) {
            slice.commits.retain(|commit| hold(&self.stage.truth).is_older(commit.position, STALE));
        }
        self.seen(self.shorten(slice)).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.look().await?;
        let slice = self.stage.at_once(self.stage.log().read_partition(partition, after, limit))?;
        self.seen(self.shorten(slice)).await
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.look().await?;
        let head = self.stage.at_once(self.stage.log().head(partition))?;
        self.seen(head).await
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.look().await?;
        let version = self.stage.at_once(self.stage.log().version(stream))?;
        self.seen(version).await
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.look().await?;
        let found = match self.stage.planted(Planted::CommandForgotten) {
            true => None,
            false => self.stage.at_once(self.stage.log().find_command(partition, command))?,
        };
        self.seen(found).await
    }
}
