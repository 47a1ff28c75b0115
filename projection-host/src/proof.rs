//! What is worked in, held against the hashes of the log. What came by the bus: it is open to others, and their records
//! look like ours. And what the log holds now: it may be another than the one that the read model was made from.

use std::sync::Arc;

use futures_util::future::try_join_all;
use tidings_bus::Record;
use tidings_domain::Position;
use tidings_eventstore::{Commit, EventStore, Hash, ReadError, hash_of};
use tidings_projections::{Checkpoint, Strayed};

use crate::StrangerError;

/// The hash of the last commit of each partition that is known to be the log's.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    ends: Vec<(u64, Hash)>,
}

impl Proof {
    /// Whether these records are what the log holds: whole commits of one partition, one after another. One read of
    /// one commit proves them all, since its hash is made of all before it. Several partitions are asked at a time.
    pub(crate) async fn all_hold(
        &mut self,
        store: &EventStore,
        taken: &Checkpoint,
        batches: &[(u16, Vec<Record>)],
    ) -> Result<Vec<bool>, ReadError> {
        let asked = batches.iter().map(|(partition, records)| self.end(store, taken, *partition, records));
        let ends = try_join_all(asked).await?;
        for ((partition, _), end) in batches.iter().zip(&ends) {
            if let Some((number, hash)) = end {
                self.read(*partition, *number, *hash);
            }
        }
        Ok(ends.iter().map(Option::is_some).collect())
    }

    /// The last commit of these records, where they are what the log holds.
    async fn end(
        &self,
        store: &EventStore,
        taken: &Checkpoint,
        partition: u16,
        records: &[Record],
    ) -> Result<Option<(u64, Hash)>, ReadError> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(None) };
        let (before, last) = (first.position.number - 1, last.position.number);
        let previous = match self.known(partition, before) {
            Some(hash) => hash,
            None => match hash_where(store, taken, partition, before).await {
                Ok(hash) => hash,
                Err(StrangerError::Read(error)) => return Err(error),
                // Who reads the partition from the log next is told.
                Err(_) => return Ok(None),
            },
        };
        let Some(claimed) = hash_of(previous, records) else { return Ok(None) };
        let there = commit_at(store, Position::new(partition, last)).await?;
        let holds = there.is_some_and(|there| there.hash == claimed);
        Ok(holds.then_some((last, claimed)))
    }

    /// Holds the first commit that is read from the log against what was taken before it.
    pub(crate) async fn follows(
        &self,
        store: &EventStore,
        taken: &Checkpoint,
        first: &Commit,
    ) -> Result<(), StrangerError> {
        let (partition, seen) = (first.position.partition, first.position.number - 1);
        let Some(known) = self.known(partition, seen) else {
            return hash_where(store, taken, partition, seen).await.map(drop);
        };
        // One whose own bytes have changed is for `verify` to tell.
        if first.hash_after(known) == first.hash || hash_where(store, taken, partition, seen).await? == known
        {
            return Ok(());
        }
        Err(Strayed::Diverged(Position::new(partition, seen)).into())
    }

    fn known(&self, partition: u16, number: u64) -> Option<Hash> {
        let (known, hash) = self.ends.get(usize::from(partition))?;
        (*known == number).then_some(*hash)
    }

    /// A partition was read from the log up to here.
    pub(crate) fn read(&mut self, partition: u16, number: u64, hash: Hash) {
        let place = usize::from(partition);
        if self.ends.len() <= place {
            self.ends.resize(place + 1, Default::default());
        }
        self.ends[place] = (number, hash);
    }
}

/// The hash of the log's commit of this number, which is the one that was taken, as far as that is known.
async fn hash_where(
    store: &EventStore,
    taken: &Checkpoint,
    partition: u16,
    seen: u64,
) -> Result<Hash, StrangerError> {
    if seen == 0 {
        return Ok(Hash::default());
    }
    let position = Position::new(partition, seen);
    let Some(there) = commit_at(store, position).await? else {
        return Err(Strayed::Ahead(position).into());
    };
    let (number, commit) = taken.at(partition);
    if number == seen && commit != there.id {
        return Err(Strayed::Diverged(position).into());
    }
    Ok(there.hash)
}

/// The log's commit at a position, where there is one.
pub(crate) async fn commit_at(
    store: &EventStore,
    position: Position,
) -> Result<Option<Arc<Commit>>, ReadError> {
    let slice = store.read_partition(position.partition, position.number - 1, 1).await?;
    Ok(slice.commits.into_iter().next().filter(|commit| commit.position == position))
}
