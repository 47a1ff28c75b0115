//! Whatever the bus does, the read model is right; and fresh within the bound.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod bus;
mod holed;
mod put_back;
mod system;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tidings_bus::{LocalBus, MemoryBus};
use tidings_domain::Position;
use tidings_eventstore::MemoryLog;
use tidings_projection_host::{Options, StrangerError};
use tidings_projections::Strayed;

use crate::bus::{AwayBus, DeadBus, OpenBus, RepeatingBus, SharedBus};
use crate::holed::Holed;
use crate::put_back::PutBack;
use crate::system::System;

/// So long that a test which needs it would fail: what happens then is not the periodic check.
const NEVER: Options =
    Options { check: Duration::from_secs(3_600), page: 100, pause: Duration::from_millis(1) };

#[tokio::test]
async fn what_the_bus_brings_is_projected() {
    let system = System::new(Arc::new(LocalBus::default()), NEVER).await;
    system.create_posts(50).await;
    system.reaches_heads().await;
    assert_eq!(system.posts().await, 50);
}

#[tokio::test]
async fn a_hole_that_a_bounded_bus_leaves_is_refilled_from_the_store() {
    // The log has one partition: the last records, which do arrive, show that others did not.
    let system = System::with_partitions(1, Arc::new(LocalBus::new(4))).await;
    let feed = system.start_feed(NEVER).await;
    // The feed is past its start, at which it reads the store anyway.
    system.create_posts(1).await;
    system.reaches_heads().await;
    // At once, and far more than the bus holds for a subscriber that is busy.
    system.create_posts(500).await;
    system.reaches_heads().await;
    assert_eq!(system.posts_of_author().await, 501);
    feed.abort();
}

#[tokio::test]
async fn with_a_dead_bus_the_store_keeps_the_read_model_fresh() {
    let check = Options { check: Duration::from_millis(20), ..NEVER };
    let system = System::new(Arc::new(DeadBus), check).await;
    system.create_posts(50).await;
    system.reaches_heads().await;
    assert_eq!(system.posts().await, 50);
}

#[tokio::test]
async fn a_bus_that_nobody_can_join_costs_no_more_than_a_dead_one() {
    let check = Options { check: Duration::from_millis(20), ..NEVER };
    let system = System::new(Arc::new(AwayBus), check).await;
    system.create_posts(50).await;
    system.reaches_heads().await;
    assert_eq!(system.posts().await, 50);
}

#[tokio::test]
async fn records_that_somebody_else_made_up_never_become_rows() {
    let check = Options { check: Duration::from_millis(20), ..NEVER };
    let system = System::new(Arc::new(OpenBus(MemoryBus::default())), check).await;
    for _ in 0..10 {
        system.create_posts(20).await;
        system.reaches_heads().await;
    }
    assert_eq!(system.posts().await, 200);
    assert_eq!(system.posts_that_say("hello").await, 200);
}

#[tokio::test]
async fn a_partition_whose_member_does_nothing_is_taken_care_of_by_another() {
    let check = Options { check: Duration::from_millis(20), ..NEVER };
    let system = System::new(Arc::new(SharedBus(MemoryBus::default(), vec![1])), check).await;
    system.create_posts(50).await;
    system.reaches_heads().await;
    assert_eq!(system.posts().await, 50);
}

/// Seen by hand: for as long as Kafka had not noticed that a member was killed, which is 10 s, or had not given the
/// partitions out again after its own restart, each reader of one's own writes waited a second.
#[tokio::test]
async fn a_partition_whose_member_does_nothing_is_looked_after_as_if_it_were_ones_own() {
    let check = Options { check: Duration::from_millis(20), ..NEVER };
    let system = System::new(Arc::new(SharedBus(MemoryBus::default(), vec![1])), check).await;
    system.create_posts(50).await;
    system.reaches_heads().await;
    let began = Instant::now();
    for _ in 0..6 {
        system.create_posts(20).await;
        system.reaches_heads().await;
    }
    assert!(began.elapsed() < Duration::from_secs(3), "six times a wait of {:?}", began.elapsed() / 6);
}

#[tokio::test]
async fn repeated_and_reordered_records_change_nothing() {
    let system = System::new(Arc::new(RepeatingBus(MemoryBus::default())), NEVER).await;
    system.create_posts(100).await;
    system.reaches_heads().await;
    assert_eq!(system.posts().await, 100);
    assert_eq!(system.posts_of_author().await, 100, "a counter counts each event once");
}

#[tokio::test]
async fn two_feeds_on_one_read_model_change_nothing_twice() {
    let system = System::new(Arc::new(LocalBus::default()), NEVER).await;
    let other = system.start_feed(Options { check: Duration::from_millis(5), ..NEVER }).await;
    for _ in 0..10 {
        system.create_posts(20).await;
    }
    system.reaches_heads().await;
    assert_eq!(system.posts_of_author().await, 200);
    other.abort();
}

#[tokio::test]
async fn a_feed_that_starts_late_catches_up_from_the_store() {
    let system = System::with_partitions(3, Arc::new(LocalBus::default())).await;
    system.create_posts(250).await;
    let feed = system.start_feed(NEVER).await;
    system.reaches_heads().await;
    assert_eq!(system.posts_of_author().await, 250);
    feed.abort();
}

#[tokio::test]
async fn a_partition_with_a_hole_stops_before_it_and_holds_up_no_other() {
    let system = System::on(Holed::log(3, Position::new(1, 5)), Arc::new(DeadBus));
    system.create_posts(100).await;
    let mut heads = system.heads().await;
    assert!(heads[1] > 5 && heads[2] > 0, "{heads:?}");
    let feed = system.start_feed(Options { check: Duration::from_millis(20), ..NEVER }).await;
    heads[1] = 4;
    system.reaches(heads).await;
    feed.abort();
}

#[tokio::test]
async fn what_follows_on_another_history_than_was_seen_is_not_worked_in_and_holds_up_no_other() {
    let other = MemoryLog::new(3);
    System::on(Arc::new(other.clone()), Arc::new(DeadBus)).create_posts(400).await;
    let (log, is_put_back) = PutBack::log(1, other);
    let system = System::on(log, Arc::new(DeadBus));
    let options = Options { check: Duration::from_millis(20), ..NEVER };
    let feed = system.start_feed(options).await;
    system.create_posts(60).await;
    system.reaches_heads().await;
    let seen = system.heads().await[1];
    let stays = async || [system.heads().await[0], seen, system.heads().await[2]].to_vec();

    // Under a feed that runs, which knows what it has read.
    is_put_back.store(true, Ordering::SeqCst);
    system.create_posts(60).await;
    system.reaches(stays().await).await;
    feed.abort();

    // And under one that starts, which knows what the read model tells.
    let feed = system.feed(options).await;
    let told = feed.check_origin().await;
    assert!(
        matches!(told, Err(StrangerError::Strayed(Strayed::Diverged(at))) if at == Position::new(1, seen)),
        "{told:?}"
    );
    let feed = tokio::spawn(feed.run());
    system.create_posts(60).await;
    system.reaches(stays().await).await;

    is_put_back.store(false, Ordering::SeqCst);
    system.reaches_heads().await;
    assert_eq!(system.posts().await, 180);
    feed.abort();
}
