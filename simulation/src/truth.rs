//! What the log really holds, and since when: written where commits take effect, read by the oracle alone.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Position, StreamId};
use tidings_eventstore::Commit;
use tokio::time::Instant;
use uuid::Uuid;

/// A moment of the log: how many commits it held.
pub(crate) type Moment = usize;

/// All commits, in the order in which they took effect.
#[derive(Default)]
pub(crate) struct Truth {
    landed: Vec<Landed>,
    streams: BTreeMap<StreamId, Vec<Moment>>,
    partitions: BTreeMap<u16, Vec<Moment>>,
    commands: BTreeMap<Uuid, Moment>,
}

/// A commit, and when it took effect.
#[derive(Clone)]
pub(crate) struct Landed {
    pub(crate) commit: Arc<Commit>,
    pub(crate) at: Instant,
}

impl Truth {
    pub(crate) fn now(&self) -> Moment {
        self.landed.len()
    }

    /// The last moment not after this time.
    pub(crate) fn at(&self, time: Instant) -> Moment {
        self.landed.partition_point(|landed| landed.at <= time)
    }

    pub(crate) fn land(&mut self, commit: Arc<Commit>) {
        let moment = self.landed.len();
        self.streams.entry(commit.stream.clone()).or_default().push(moment);
        self.partitions.entry(commit.position.partition).or_default().push(moment);
        self.commands.entry(commit.command).or_insert(moment);
        self.landed.push(Landed { commit, at: Instant::now() });
    }

    /// The commits of a stream, in order.
    pub(crate) fn stream(&self, stream: &StreamId) -> impl Iterator<Item = &Arc<Commit>> {
        let moments = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        moments.iter().map(|moment| &self.landed[*moment].commit)
    }

    /// How many commits a stream may have had between two moments.
    pub(crate) fn lengths(&self, stream: &StreamId, from: Moment, to: Moment) -> RangeInclusive<usize> {
        let moments = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        moments.partition_point(|m| *m < from)..=moments.partition_point(|m| *m < to)
    }

    pub(crate) fn last(&self, partition: u16) -> Option<&Landed> {
        self.partitions.get(&partition)?.last().map(|moment| &self.landed[*moment])
    }

    /// The last number of a partition.
    pub(crate) fn head(&self, partition: u16) -> u64 {
        self.partitions.get(&partition).map_or(0, |moments| moments.len() as u64)
    }

    pub(crate) fn commit(&self, at: Position) -> Option<&Landed> {
        self.moment(at).map(|moment| &self.landed[moment])
    }

    /// Whether a commit has been there for so long.
    pub(crate) fn is_older(&self, at: Position, than: Duration) -> bool {
        self.commit(at).is_some_and(|landed| landed.at.elapsed() >= than)
    }

    /// The moment before which a commit was not there.
    pub(crate) fn moment(&self, at: Position) -> Option<Moment> {
        let place = usize::try_from(at.number.checked_sub(1)?).ok()?;
        self.partitions.get(&at.partition)?.get(place).copied()
    }

    pub(crate) fn of_command(&self, command: Uuid) -> Option<&Arc<Commit>> {
        self.commands.get(&command).map(|moment| &self.landed[*moment].commit)
    }
}
