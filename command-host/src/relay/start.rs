//! Where a relay goes on: behind the last record on the bus that the log holds too.

use std::sync::Arc;

use tidings_bus::{Bus, Record, Tail};
use tidings_eventstore::{Commit, EventStore, ReadError};

use super::RelayError;

/// What of a partition was published: all events of all commits up to `number`, and `events` of the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) number: u64,
    pub(super) events: u32,
}

impl Published {
    /// All up to an event of a commit that has so many.
    fn up_to(number: u64, index: u32, count: usize) -> Self {
        match index as usize + 1 < count {
            true => Self { number: number - 1, events: index + 1 },
            false => Self { number, events: 0 },
        }
    }
}

/// So many records that the log does not hold are stepped over one by one.
const ONE_BY_ONE: u32 = 8;

/// Looks at the bus's last record. One that the log does not hold is somebody else's, or of another log, and is
/// stepped over. Where there are many of them the steps grow, so that a few looks do; what of ours is passed over with
/// them is published again.
pub(super) async fn find(store: &EventStore, bus: &dyn Bus, partition: u16) -> Result<Published, RelayError> {
    let (mut before, mut looks) = (None, 0_u32);
    loop {
        match bus.tail(partition, before).await? {
            Tail::Forgets => {
                return Ok(Published { number: store.head(partition).await?.number, events: 0 });
            }
            Tail::Empty => return Ok(Published::default()),
            Tail::Noted { number, index } => return noted(store, partition, number, index).await,
            Tail::Last { record, .. } if is_in(store, partition, &record).await? => {
                return Ok(Published::up_to(record.position.number, record.index, record.count as usize));
            }
            Tail::Last { record, place } => {
                if before.is_none() {
                    let at = record.position;
                    tracing::warn!(%at, "the bus's last record is not the log's; looking for the last that is");
                }
                let step = looks.checked_sub(ONE_BY_ONE).map_or(0, |more| 1 << more.min(62));
                before = Some(place.saturating_sub(step));
                looks += 1;
            }
        }
    }
}

/// Whether the log holds this very event.
async fn is_in(store: &EventStore, partition: u16, record: &Record) -> Result<bool, ReadError> {
    let commit = commit(store, partition, record.position.number).await?;
    let event = commit.and_then(|commit| commit.recorded().nth(record.index as usize));
    Ok(event.as_ref() == Some(&**record))
}

async fn noted(store: &EventStore, partition: u16, number: u64, index: u32) -> Result<Published, RelayError> {
    let Some(commit) = commit(store, partition, number).await? else {
        tracing::warn!(
            partition,
            number,
            "what was noted of the bus is beyond the log's end; publishing the log from its beginning"
        );
        return Ok(Published::default());
    };
    Ok(Published::up_to(number, index, commit.events.len()))
}

async fn commit(store: &EventStore, partition: u16, number: u64) -> Result<Option<Arc<Commit>>, ReadError> {
    let Some(before) = number.checked_sub(1) else { return Ok(None) };
    Ok(store.read_partition(partition, before, 1).await?.commits.pop())
}
