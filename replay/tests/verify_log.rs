//! What `verify_log` finds in a log, and that it finds nothing in one that is as it was written.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use log::{Raw, event, store_of};
use tidings_bus::MemoryBus;
use tidings_domain::Position;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Flaw, Log, MemoryLog, ReadError, Slice, VerifyError};
use tidings_projections::social;
use tidings_replay::{Options, Rebuild, SqliteShadows, Swap, publish, verify_log};
use tidings_world::{Handle, System};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_log_as_it_was_written_is_sound() {
    let store = store_of(Raw::random(4, 5_000).log().await);
    let mut told = Vec::new();
    let report = verify_log(&store, 2, |progress| told.push(progress)).await.unwrap();
    assert!(
        report.is_sound() && report.foreign.is_empty() && report.shared_commands.count == 0,
        "{report:?}"
    );
    for (partition, proof) in (0..4).zip(&report.partitions) {
        let (proof, head) = (proof.as_ref().unwrap(), store.head(partition).await.unwrap());
        assert_eq!((proof.partition, proof.head), (partition, head));
        let last = told.iter().rfind(|progress| progress.partition == partition).unwrap();
        assert_eq!((last.done, last.of), (head.number, head.number), "it says when it is done");
    }
    assert!(report.commits() == 5_000 && report.events() > 5_000, "{report:?}");
}

/// Notes how many partitions are read at the same time.
struct Watched {
    log: MemoryLog,
    now: AtomicUsize,
    most: Arc<AtomicUsize>,
}

#[async_trait]
impl Layer for Watched {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }
    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        // The others get their turns.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::Relaxed);
        self.log.read_partition(partition, after, limit).await
    }
}

#[tokio::test]
async fn as_many_partitions_are_proven_at_a_time_as_there_are_workers() {
    let log = Raw::random(8, 500).log().await;
    for (workers, at_once) in [(1, 1), (3, 3), (8, 8), (100, 8)] {
        let most = Arc::new(AtomicUsize::new(0));
        let watched = Watched { log: log.clone(), now: AtomicUsize::new(0), most: most.clone() };
        let report = verify_log(&store_of(Layered(watched)), workers, |_| {}).await.unwrap();
        assert!(report.is_sound());
        assert_eq!(most.load(Ordering::Relaxed), at_once, "{workers} workers");
    }
}

#[tokio::test]
async fn each_partition_is_told_what_is_wrong_with_it_and_the_others_are_proven() {
    let mut raw = Raw::new(4);
    let place = raw.append("post-1", vec![event("PostHidden", "{}")]);
    raw.change(place, |commit| commit.events[0].data.push(' '));
    let other = (2..).map(|n| format!("like-{n}")).find(|s| raw.partition_of(s) != place.partition).unwrap();
    raw.append(&other, vec![event("Liked", "{}")]);
    let report = verify_log(&store_of(raw.log().await), 2, |_| {}).await.unwrap();
    assert!(!report.is_intact() && !report.is_sound());
    for (partition, proof) in (0..4).zip(&report.partitions) {
        match proof {
            Err(VerifyError::Flawed { position, flaw: Flaw::Hash { .. } }) => assert_eq!(*position, place),
            proof => assert!(proof.is_ok() && partition != place.partition, "{proof:?}"),
        }
    }
}

#[tokio::test]
async fn events_that_this_program_cannot_read_are_found_and_those_of_other_programs_counted() {
    let mut raw = Raw::new(2);
    let liked = r#"{"user":"01930000-0000-7000-8000-000000000001","target":"post-01930000-0000-7000-8000-000000000002"}"#;
    let first = raw.append("like-1", vec![event("Liked", liked), event("Liked", r#"{"user":1}"#)]);
    raw.append("like-1", vec![event("Liked", r#"{"user":2}"#), event("Adored", "{}")]);
    raw.append("lamp-1", vec![event("TurnedOn", "no JSON"), event("TurnedOff", "{}")]);
    let newer = raw.append("post-1", vec![log::event_of("PostHidden", 9, "{}")]);
    let report = verify_log(&store_of(raw.log().await), 2, |_| {}).await.unwrap();
    assert!(report.is_intact() && !report.is_sound());
    let found: Vec<_> = report.unreadable.iter().map(|u| (&*u.name, u.schema, u.events, u.first)).collect();
    let adored = tidings_domain::Position::new(first.partition, first.number + 1);
    assert_eq!(found, [("Adored", 1, 1, adored), ("Liked", 1, 2, first), ("PostHidden", 9, 1, newer)]);
    assert!(report.unreadable[2].cause.to_string().contains("knows only up to 1"), "{report:?}");
    assert_eq!(report.foreign.into_iter().collect::<Vec<_>>(), [("lamp".to_owned(), 2)]);
}

#[tokio::test]
async fn a_command_in_two_partitions_is_counted_and_no_flaw() {
    let mut raw = Raw::new(4);
    let first = raw.append("lamp-1", vec![event("TurnedOn", "{}")]);
    let command = Uuid::from_u128(7);
    raw.rewrite(first, |commit| commit.command = command);
    let other = (2..).map(|n| format!("lamp-{n}")).find(|s| raw.partition_of(s) != first.partition).unwrap();
    let second = raw.append(&other, vec![event("TurnedOn", "{}")]);
    raw.rewrite(second, |commit| commit.command = command);
    let report = verify_log(&store_of(raw.log().await), 2, |_| {}).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.shared_commands.count, report.shared_commands.examples), (1, vec![command]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_built_from_a_log_with_a_hole_and_nothing_behind_it_is_published() {
    let mut raw = Raw::random(2, 400);
    let hole = Position::new(1, 150);
    raw.partitions[1].remove(149);
    let (store, world): (_, Handle) = (store_of(raw.log_unchecked()), Arc::new(System::new()));
    let missing = "damaged at 1:150: the commit is missing, and 1:151 is there";

    let folder = tempfile::tempdir().unwrap();
    let options = Options { page: 40, ..Options::default() };
    let rebuild = Rebuild { store: &store, world: &world, group: social::group(), options };
    let mut shadows = SqliteShadows::new(folder.path());
    let error = rebuild.run(&mut shadows, Swap::Unproven, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains(missing), "{error}");

    let bus = MemoryBus::default();
    let error = publish(&store, Arc::new(bus.clone()), Default::default(), |_| {}).await.unwrap_err();
    assert!(error.to_string().contains(missing), "{error}");
    assert!(bus.records(1).iter().all(|record| record.position < hole));
}
