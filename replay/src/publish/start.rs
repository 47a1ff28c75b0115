//! Where an interrupted publishing goes on: behind the last record that the bus keeps.

use tidings_bus::{Bus, Tail};
use tidings_domain::Position;
use tidings_eventstore::EventStore;

use super::PublishError;

/// The first event to publish: in the commit behind this number, behind so many of its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    pub(super) after: u64,
    pub(super) skip: u32,
}

impl Start {
    /// Behind an event of a commit.
    fn behind(number: u64, index: u32) -> Self {
        Self { after: number.saturating_sub(1), skip: index.saturating_add(1) }
    }
}

/// Behind the last record of a partition, which has to be of this log.
pub(super) async fn behind_the_last(
    store: &EventStore,
    bus: &dyn Bus,
    partition: u16,
) -> Result<Start, PublishError> {
    let (position, index, record) = match bus.tail(partition, None).await? {
        Tail::Forgets | Tail::Empty => return Ok(Start::default()),
        Tail::Noted { number, index } => (Position::new(partition, number), index, None),
        Tail::Last { record, .. } => (record.position, record.index, Some(record)),
    };
    let commit = store.commit_at(position).await?;
    let event = commit.and_then(|commit| commit.recorded().nth(index as usize));
    match event {
        Some(event) if record.is_none_or(|record| *record == event) => {
            Ok(Start::behind(position.number, index))
        }
        _ => Err(PublishError::Foreign { partition, position }),
    }
}
