//! Samples that the tests append, and the proof that a log is whole.

use std::collections::BTreeSet;
use std::sync::Arc;

use tidings_domain::{Encoded, StreamId};
use tidings_eventstore::{Append, Commit, EventStore, Log, Options, verify};
use tidings_world::{System, World};
use uuid::Uuid;

pub(crate) fn start(log: impl Log + 'static) -> EventStore {
    EventStore::start(Arc::new(log), Arc::new(System::new()), Options::default())
}

/// An append of one event at the beginning of a stream of its own.
pub(crate) fn append() -> Append {
    let command = System::new().id();
    append_to(&format!("thing-{command}").parse().unwrap(), 0)
}

pub(crate) fn append_to(stream: &StreamId, expected: u64) -> Append {
    let command = System::new().id();
    Append {
        stream: stream.clone(),
        expected,
        events: vec![event(format!(r#"{{"command":"{command}"}}"#))],
        command,
        correlation: command,
        causation: None,
        actor: command,
        occurred_at: None,
    }
}

pub(crate) fn event(data: impl Into<String>) -> Encoded {
    Encoded { name: "Happened".into(), schema: 1, data: data.into() }
}

/// All commits, after proving every partition: numbers without a gap, the chain, no command twice.
pub(crate) async fn everything(log: &dyn Log) -> Vec<Arc<Commit>> {
    let (mut all, mut commands) = (Vec::new(), BTreeSet::<Uuid>::new());
    for partition in 0..log.shape().partitions {
        verify(log, partition, |_| {}).await.unwrap();
        let mut after = 0;
        loop {
            let slice = log.read_partition(partition, after, 1_000).await.unwrap();
            for commit in slice.commits {
                after += 1;
                assert_eq!(commit.position.number, after);
                assert!(commands.insert(commit.command), "{} is there twice", commit.command);
                all.push(commit);
            }
            if slice.end {
                break;
            }
        }
    }
    all
}
