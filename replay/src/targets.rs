//! Up to where the log is worked in.

use std::collections::BTreeSet;

use tidings_domain::{Position, Timestamp};
use tidings_eventstore::{EventStore, Head, ReadError};

/// The ends of all partitions.
pub(crate) async fn ends(store: &EventStore) -> Result<Vec<Head>, ReadError> {
    let mut ends = Vec::new();
    for partition in 0..store.partitions() {
        ends.push(store.head(partition).await?);
    }
    Ok(ends)
}

/// Their numbers.
pub(crate) async fn heads(store: &EventStore) -> Result<Vec<u64>, ReadError> {
    Ok(ends(store).await?.iter().map(|head| head.number).collect())
}

/// What was there at a moment: for each partition the last commit that was recorded by then.
///
/// # Errors
/// When the log does not answer.
pub async fn at_time(store: &EventStore, time: Timestamp) -> Result<Vec<u64>, ReadError> {
    let mut numbers = Vec::new();
    for partition in 0..store.partitions() {
        // Times never run backwards in a partition.
        let (mut there, mut beyond) = (0, store.head(partition).await?.number + 1);
        while beyond - there > 1 {
            let middle = there + (beyond - there) / 2;
            match recorded_at(store, Position::new(partition, middle)).await? {
                Some(recorded) if recorded <= time => there = middle,
                _ => beyond = middle,
            }
        }
        numbers.push(there);
    }
    Ok(numbers)
}

/// Why there is nothing at some positions.
#[derive(Debug, thiserror::Error)]
pub enum AtError {
    /// The log holds no such commit.
    #[error("there is no commit {0}")]
    NoCommit(Position),
    /// A partition is named twice.
    #[error("partition {0} is named twice")]
    Twice(u16),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What was there when these commits had just been recorded: their own partitions up to them, the others up to the time
/// of the last of them.
///
/// # Errors
/// When one of them is not there, two are of one partition, or the log does not answer.
pub async fn at_positions(store: &EventStore, positions: &[Position]) -> Result<Vec<u64>, AtError> {
    let mut last = None;
    for position in positions {
        let recorded = recorded_at(store, *position).await?.ok_or(AtError::NoCommit(*position))?;
        last = last.max(Some(recorded));
    }
    let mut numbers = match last {
        Some(time) => at_time(store, time).await?,
        None => vec![0; usize::from(store.partitions())],
    };
    let mut named = BTreeSet::new();
    for Position { partition, number } in positions {
        if !named.insert(*partition) {
            return Err(AtError::Twice(*partition));
        }
        if let Some(place) = numbers.get_mut(usize::from(*partition)) {
            *place = *number;
        }
    }
    Ok(numbers)
}

async fn recorded_at(store: &EventStore, position: Position) -> Result<Option<Timestamp>, ReadError> {
    if position.partition >= store.partitions() {
        return Ok(None);
    }
    Ok(store.commit_at(position).await?.map(|commit| commit.recorded_at))
}
