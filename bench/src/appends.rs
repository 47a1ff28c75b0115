//! Appends straight into a store, with no TCP and no decision.

use std::time::{Duration, Instant};

use tidings_eventstore::EventStore;

use crate::Failure;
use crate::event::opening;
use crate::sample::{Latencies, Sample};

/// So many callers, each appending one commit after another and waiting for each.
pub(crate) async fn appends(store: &EventStore, callers: usize, time: Duration) -> Result<Sample, Failure> {
    let started = Instant::now();
    let loops: Vec<_> = (0..callers).map(|_| tokio::spawn(one(store.clone(), started + time))).collect();
    let mut latencies = Latencies::new();
    for one in loops {
        latencies.add(&one.await??);
    }
    Ok(latencies.sample(started.elapsed(), 1))
}

async fn one(store: EventStore, end: Instant) -> Result<Latencies, Failure> {
    let mut latencies = Latencies::new();
    let mut now = Instant::now();
    while now < end {
        store.append(opening(store.world())).await?;
        let done = Instant::now();
        latencies.record(done - now);
        now = done;
    }
    Ok(latencies)
}
