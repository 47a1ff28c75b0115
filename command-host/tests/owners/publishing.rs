//! Hosts that share a log and relay it to one bus.

use std::sync::Arc;

use tidings_bus::MemoryBus;
use tidings_command_host::relay::Options;
use tokio::time::Instant;

use crate::own_bus::{Own, places};
use crate::stage::{PARTITIONS, Running, Setting, Stage, create, post_in, shared_among, until};

async fn host(stage: &Stage, own: &Own) -> Running {
    stage.host_with(Setting { relay_to: Some(Arc::new(own.clone())), ..Setting::default() }).await
}

async fn heads(stage: &Stage) -> Vec<u64> {
    let mut heads = Vec::new();
    for partition in 0..PARTITIONS {
        heads.push(stage.log.head(partition).await.unwrap().number);
    }
    heads
}

/// Two hosts that share a log, and the heads of what is on the bus.
struct Two {
    stage: Stage,
    bus: MemoryBus,
    hosts: [(Running, Own); 2],
    before: Vec<u64>,
}

async fn two() -> Two {
    let (stage, bus) = (Stage::default(), MemoryBus::default());
    let (first, second) = (Own::on(&bus), Own::on(&bus));
    let (one, two) = (host(&stage, &first).await, host(&stage, &second).await);
    shared_among(&[&one, &two]).await;
    all_published(&stage, &bus).await;
    let before = heads(&stage).await;
    Two { stage, bus, hosts: [(one, first), (two, second)], before }
}

/// Ten new posts in each partition.
async fn ten_each(entrance: &Running) {
    for n in 0..10 * PARTITIONS {
        let reply = entrance.call(&create(post_in(n % PARTITIONS))).await;
        assert_eq!(reply["ok"], true, "{reply}");
    }
}

/// Waits until all of the log is on the bus.
async fn all_published(stage: &Stage, bus: &MemoryBus) {
    for (partition, head) in (0..).zip(heads(stage).await) {
        let numbers = || bus.records(partition).iter().map(|record| record.position.number).max();
        until(|| async { numbers().unwrap_or(0) == head }).await;
    }
}

/// The partitions of what a host published beyond these heads.
fn partitions(own: &Own, beyond: &[u64]) -> Vec<u16> {
    let published = own.published();
    let new = published.iter().filter(|(partition, number)| *number > beyond[usize::from(*partition)]);
    let mut partitions: Vec<u16> = new.map(|(partition, _)| *partition).collect();
    partitions.sort_unstable();
    partitions.dedup();
    partitions
}

/// Each of our test's commits is one event.
fn published_once(stage_heads: &[u64], bus: &MemoryBus, beyond: &[u64]) {
    for (partition, head) in (0..).zip(stage_heads) {
        let first = beyond[usize::from(partition)];
        let mut records = places(&bus.records(partition));
        records.retain(|(_, number)| *number > first);
        let expected: Vec<_> = (first + 1..=*head).map(|number| (partition, number)).collect();
        assert_eq!(records, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hosts_each_publishes_what_it_owns_and_the_topic_has_each_record_once() {
    let Two { stage, bus, hosts: [(one, first), (_two, second)], before } = two().await;
    // For long enough that a relay that publishes everything would have looked for what it has to publish.
    let end = Instant::now() + 8 * Options::default().poll;
    while Instant::now() < end {
        ten_each(&one).await;
    }
    all_published(&stage, &bus).await;
    assert_eq!(
        (partitions(&first, &before), partitions(&second, &before)),
        (vec![0, 1, 2, 3], vec![4, 5, 6, 7])
    );
    published_once(&heads(&stage).await, &bus, &before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_owner_had_not_published_the_next_owner_does() {
    let Two { stage, bus, hosts: [(one, first), (two, _)], before } = two().await;
    two.kill();
    ten_each(&one).await;
    all_published(&stage, &bus).await;
    assert_eq!(partitions(&first, &before), [0, 1, 2, 3, 4, 5, 6, 7]);
    published_once(&heads(&stage).await, &bus, &before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_host_owns_that_does_not_relay_is_published_by_those_that_do() {
    let (stage, bus) = (Stage::default(), MemoryBus::default());
    let own = Own::on(&bus);
    let (one, two) = (host(&stage, &own).await, stage.host().await);
    shared_among(&[&one, &two]).await;
    let before = heads(&stage).await;
    ten_each(&one).await;
    all_published(&stage, &bus).await;
    assert_eq!(partitions(&own, &before), [0, 1, 2, 3, 4, 5, 6, 7]);
    let began = Instant::now();
    one.call(&create(post_in(7))).await;
    all_published(&stage, &bus).await;
    assert!(began.elapsed() < Options::default().patience, "nobody waits for a host that does not relay");
}
