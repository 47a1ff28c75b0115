//! The relay, on paused time.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::MemoryBus;
use tidings_command_host::relay::{Options, Relay};
use tidings_domain::{Encoded, StreamId};
use tidings_eventstore::{Append, EventStore, MemoryLog, partition_of};
use tidings_world::{Handle, Seeded};

fn append(world: &Handle, stream: StreamId) -> Append {
    let command = world.id();
    let event = Encoded { name: "TurnedOn".into(), schema: 1, data: "{}".into() };
    Append {
        stream,
        expected: 0,
        events: vec![event],
        command,
        correlation: command,
        causation: None,
        actor: command,
        occurred_at: None,
    }
}

/// The n-th stream of this partition, of two.
fn lamp(partition: u16, n: usize) -> StreamId {
    let lamps = (0..).map(|lamp| StreamId::of("lamp", lamp).unwrap());
    lamps.filter(|stream| partition_of(stream, 2) == partition).nth(n).unwrap()
}

/// Found by the simulation (seed 245): a process that appended all the time woke its relay for its own partitions
/// only, and what others appended elsewhere waited for a pause.
#[tokio::test(start_paused = true)]
async fn what_others_append_is_published_soon_however_busy_this_process_is() {
    let world: Handle = Arc::new(Seeded::new(1));
    let (log, bus) = (Arc::new(MemoryLog::new(2)), MemoryBus::default());
    let this = EventStore::start(log.clone(), world.clone(), Default::default());
    let other = EventStore::start(log, world.clone(), Default::default());
    let relay = tokio::spawn(Relay::new(this.clone(), Arc::new(bus.clone()), Options::default()).run());
    tokio::time::sleep(Duration::from_millis(10)).await;
    other.append(append(&world, lamp(1, 0))).await.unwrap();
    // For three seconds, ten times a second: never as long quiet as the relay waits before it looks.
    for n in 0..30 {
        this.append(append(&world, lamp(0, n))).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !bus.records(1).is_empty() {
            break;
        }
        assert!(n < 5, "what the other process appended is not published after {n} of ours");
    }
    assert_eq!(bus.records(1).len(), 1);
    relay.abort();
}
