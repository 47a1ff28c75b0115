//! Up to where the log is worked in.

use tidings_eventstore::{EventStore, ReadError};

/// The ends of all partitions.
pub(crate) async fn heads(store: &EventStore) -> Result<Vec<u64>, ReadError> {
    let mut heads = Vec::new();
    for partition in 0..store.partitions() {
        heads.push(store.head(partition).await?.number);
    }
    Ok(heads)
}
