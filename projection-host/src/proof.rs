//! What is worked in, held against the hashes of the log. What came by the bus: it is open to others, and their records
//! look like ours. And what the log holds now: it may be another than the one that the read model was made from.

use futures_util::future::try_join_all;
use tidings_bus::Record;
use tidings_domain::Position;
use tidings_eventstore::{Commit, EventStore, Hash, ReadError, hash_of};
use tidings_projections::{Checkpoint, Strayed};

/// The read model and the log do not belong together, or one of them does not answer.
#[derive(Debug, thiserror::Error)]
pub enum StrangerError {
    /// The read model has seen what is not in the log.
    #[error(transparent)]
    Strayed(#[from] Strayed),
    /// The log does not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}

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
            None => match self.hash_before(store, taken, partition, first.position.number).await {
                Ok(hash) => hash,
                Err(StrangerError::Read(error)) => return Err(error),
                // Who reads the partition from the log next is told.
                Err(StrangerError::Strayed(_)) => return Ok(None),
            },
        };
        let Some(claimed) = hash_of(previous, records) else { return Ok(None) };
        let there = store.commit_at(Position::new(partition, last)).await?;
        let holds = there.is_some_and(|there| there.hash == claimed);
        Ok(holds.then_some((last, claimed)))
    }

    /// Whether the commit that the log has there is the one that was taken, as far as that is known.
    pub(crate) fn is(
        &self,
        taken: &Checkpoint,
        at: Position,
        there: Option<&Commit>,
    ) -> Result<(), StrangerError> {
        let there = there.filter(|there| there.position == at).ok_or(Strayed::Ahead(at))?;
        let is_it = match taken.at(at.partition) {
            // What is known here may be of another read model, which was in use before.
            (number, commit) if number == at.number => commit == there.id,
            _ => self.known(at.partition, at.number).is_none_or(|known| known == there.hash),
        };
        if is_it { Ok(()) } else { Err(Strayed::Diverged(at).into()) }
    }

    /// Holds the first commit that is read from the log against what was taken before it.
    pub(crate) async fn follows(
        &self,
        store: &EventStore,
        taken: &Checkpoint,
        first: &Commit,
    ) -> Result<(), StrangerError> {
        let Position { partition, number } = first.position;
        // One that does not follow because its own bytes have changed is for `verify` to tell.
        match self.known(partition, number - 1) {
            Some(known) if first.hash_after(known) == first.hash => Ok(()),
            _ => self.hash_before(store, taken, partition, number).await.map(drop),
        }
    }

    /// The hash that the log has before a commit, where that is of what was taken.
    async fn hash_before(
        &self,
        store: &EventStore,
        taken: &Checkpoint,
        partition: u16,
        number: u64,
    ) -> Result<Hash, StrangerError> {
        let Some(seen) = number.checked_sub(1).filter(|seen| *seen > 0) else { return Ok(Hash::default()) };
        let at = Position::new(partition, seen);
        let there = store.commit_at(at).await?;
        self.is(taken, at, there.as_deref())?;
        Ok(there.map_or_else(Hash::default, |there| there.hash))
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
