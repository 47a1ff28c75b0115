//! What came by the bus, held against the hashes of the log: a bus is open to others, and their records look like ours.

use tidings_bus::Record;
use tidings_eventstore::{EventStore, Hash, ReadError, hash_of};

/// The hash of the last commit of each partition that is known to be the log's.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    ends: Vec<(u64, Hash)>,
}

impl Proof {
    /// Whether these records are what the log holds: whole commits of one partition, one after another. One read of
    /// one commit proves them all, since its hash is made of all before it.
    pub(crate) async fn holds(
        &mut self,
        store: &EventStore,
        partition: u16,
        records: &[Record],
    ) -> Result<bool, ReadError> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(true) };
        let (before, last) = (first.position.number - 1, last.position.number);
        let previous = match self.ends.get(usize::from(partition)) {
            Some((number, hash)) if *number == before => Some(*hash),
            _ => hash_at(store, partition, before).await?,
        };
        let Some(claimed) = previous.and_then(|previous| hash_of(previous, records)) else {
            return Ok(false);
        };
        let head = store.head(partition).await?;
        let stored = match head.number == last {
            true => Some(head.hash),
            false => hash_at(store, partition, last).await?,
        };
        let holds = stored == Some(claimed);
        if holds {
            self.read(partition, last, claimed);
        }
        Ok(holds)
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
