//! Samples that the tests append.

use std::sync::Arc;

use tidings_domain::Encoded;
use tidings_eventstore::{Append, EventStore, Log, Options};
use tidings_world::{Seeded, World};
use uuid::Uuid;

pub(crate) fn start(log: impl Log + 'static) -> EventStore {
    EventStore::start(Arc::new(log), Arc::new(Seeded::new(7)), Options::default())
}

/// The append of one event with this data by command `n` to a stream of its own.
pub(crate) fn append(n: u128, data: impl Into<String>) -> Append {
    Append {
        stream: format!("thing-{n}").parse().unwrap(),
        expected: 0,
        events: vec![Encoded { name: "Happened".into(), schema: 1, data: data.into() }],
        command: Uuid::from_u128(n),
        correlation: Uuid::from_u128(n),
        causation: None,
        actor: Seeded::new(1).id(),
        occurred_at: None,
    }
}
