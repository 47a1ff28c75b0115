//! Appends straight into the store, with no TCP and no decision.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings_domain::{Encoded, Event, PostId, UserId, post};
use tidings_eventstore::{Append, EventStore, SqliteLog};
use tidings_world::{Handle, System};

use super::plain::BYTES;
use super::sample::{Latencies, Sample};
use crate::Failure;

/// The number of partitions of a fresh log, as the hosts make it.
pub(crate) const PARTITIONS: u16 = 8;

/// So many tasks, each appending one commit after another to a fresh log.
pub(crate) async fn appends(folder: &Path, tasks: usize, time: Duration) -> Result<Sample, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let log = SqliteLog::create_or_open(folder.path(), PARTITIONS)?;
    let world: Handle = Arc::new(System::new());
    let store =
        EventStore::start(Arc::new(log.clone()), world.clone(), tidings_eventstore::Options::default());
    let started = Instant::now();
    let loops: Vec<_> =
        (0..tasks).map(|_| tokio::spawn(one(store.clone(), world.clone(), started + time))).collect();
    let mut latencies = Latencies::new();
    for one in loops {
        latencies.add(&one.await??);
    }
    let sample = latencies.sample(started.elapsed(), 1);
    drop(store);
    log.close().await;
    Ok(sample)
}

async fn one(store: EventStore, world: Handle, end: Instant) -> Result<Latencies, Failure> {
    let mut latencies = Latencies::new();
    let mut now = Instant::now();
    while now < end {
        store.append(opening(&world)).await?;
        let done = Instant::now();
        latencies.record(done - now);
        now = done;
    }
    Ok(latencies)
}

/// The append that a new post makes.
fn opening(world: &Handle) -> Append {
    let command = world.id();
    let event = created(PostId(command), UserId(command));
    Append {
        stream: post::stream(PostId(command)),
        expected: 0,
        events: vec![event],
        command,
        correlation: command,
        causation: None,
        actor: command,
        occurred_at: None,
    }
}

/// A new post whose data have about [`BYTES`] bytes.
pub(crate) fn created(post: PostId, author: UserId) -> Encoded {
    post::Event::PostCreated { post, author, text: text() }.encode()
}

/// A text that makes a new post's event data [`BYTES`] long: two ids and the names of the fields take the rest.
pub(crate) fn text() -> String {
    "tidings ".repeat(BYTES / 8).chars().take(BYTES - 110).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_post_has_about_400_bytes_of_data() {
        let world: Handle = Arc::new(System::new());
        let size = created(PostId(world.id()), UserId(world.id())).data.len();
        assert!((390..=410).contains(&size), "{size}");
    }
}
