//! What came by the bus, held against the hashes of the log: a bus is open to others, and their records look like ours.

use futures_util::future::try_join_all;
use tidings_bus::Record;
use tidings_eventstore::{EventStore, Hash, ReadError, hash_of};

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
        batches: &[(u16, Vec<Record>)],
    ) -> Result<Vec<bool>, ReadError> {
        let asked = batches.iter().map(|(partition, records)| self.end(store, *partition, records));
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
        partition: u16,
        records: &[Record],
    ) -> Result<Option<(u64, Hash)>, ReadError> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(None) };
        let (before, last) = (first.position.number - 1, last.position.number);
        let previous = match self.ends.get(usize::from(partition)) {
            Some((number, hash)) if *number == before => Some(*hash),
            _ => hash_at(store, partition, before).await?,
        };
        let Some(claimed) = previous.and_then(|previous| hash_of(previous, records)) else {
            return Ok(None);
        };
        let holds = hash_at(store, partition, last).await? == Some(claimed);
        Ok(holds.then_some((last, claimed)))
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

/// The hash of a commit of the log, where it has one of this number.
async fn hash_at(store: &EventStore, partition: u16, number: u64) -> Result<Option<Hash>, ReadError> {
    let Some(before) = number.checked_sub(1) else { return Ok(Some(Hash::default())) };
    let slice = store.read_partition(partition, before, 1).await?;
    Ok(slice.commits.first().filter(|commit| commit.position.number == number).map(|commit| commit.hash))
}
