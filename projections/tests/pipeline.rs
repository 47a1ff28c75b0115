//! The pipeline: what comes while a step is stored, and what becomes of it where the step is not.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use support::{History, PARTITIONS};
use tidings_domain::testing::sample;
use tidings_domain::{Encoded, Origin, Recorded, post};
use tidings_projections::{
    ApplyError, Changes, Checkpoint, Column, Group, MemoryReadModel, Parked, Pipeline, ProjectError,
    Projection, Projector, ProjectorError, ReadModel, ReadModelError, Snapshot, Step, Table, Type, social,
};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A read model that stores a step for each permit, and counts what it is asked.
struct Slow {
    model: MemoryReadModel,
    permits: Semaphore,
    steps: AtomicUsize,
    looks: AtomicUsize,
    fails: AtomicBool,
}

impl Slow {
    fn snapshot(&self) -> Snapshot {
        self.model.snapshot("social").unwrap()
    }

    fn steps(&self) -> usize {
        self.steps.load(Ordering::SeqCst)
    }

    fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl ReadModel for Slow {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        self.model.attach(group, origin).await
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.model.checkpoint(group).await
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        self.permits.acquire().await.unwrap().forget();
        if self.fails.load(Ordering::SeqCst) {
            return Err(ApplyError::Unavailable("gone".into()));
        }
        self.model.apply(group, step).await?;
        self.steps.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        self.model.parked(group).await
    }
}

async fn slow(group: Group) -> (Pipeline, Arc<Slow>) {
    let model = Arc::new(Slow {
        model: MemoryReadModel::default(),
        permits: Semaphore::new(0),
        steps: AtomicUsize::new(0),
        looks: AtomicUsize::new(0),
        fails: AtomicBool::new(false),
    });
    let projector = Projector::attach(model.clone(), group, PARTITIONS).await.unwrap();
    (Pipeline::new(projector), model)
}

fn posts(count: u32) -> History {
    let mut history = History::default();
    (1..=count).for_each(|n| {
        history.post(n, 7).like(n, sample::post(1));
    });
    history
}

/// What a projector makes of these events.
async fn expected(group: Group, events: &[Arc<Recorded>]) -> Snapshot {
    let model = MemoryReadModel::default();
    let mut projector = Projector::attach(Arc::new(model.clone()), group, PARTITIONS).await.unwrap();
    projector.apply(events, sample::time(0)).await.unwrap();
    model.snapshot("social").unwrap()
}

#[tokio::test]
async fn what_comes_while_a_step_is_stored_is_the_next_step() {
    let history = posts(20);
    let (mut pipeline, model) = slow(social::group()).await;
    let looks = model.looks();
    for event in &history.events {
        pipeline.put(std::slice::from_ref(event), sample::time(0)).await.unwrap();
    }
    assert_eq!((model.steps(), pipeline.checkpoint().numbers.iter().sum::<u64>()), (0, 0));
    model.permits.add_permits(10);
    pipeline.drain(sample::time(0)).await.unwrap();
    assert_eq!((model.steps(), model.looks()), (2, looks), "the first, and one of all that came meanwhile");
    assert_eq!(model.snapshot(), expected(social::group(), &history.events).await);
    assert_eq!(pipeline.checkpoint(), &model.snapshot().checkpoint);
}

#[tokio::test]
async fn what_was_put_in_before_changes_nothing_and_a_hole_is_named() {
    let history = posts(10);
    let (mut pipeline, model) = slow(social::group()).await;
    model.permits.add_permits(10);
    for upto in 1..=10 {
        pipeline.put(&history.events[..upto], sample::time(0)).await.unwrap();
    }
    let holed: Vec<_> = history.events[11..].to_vec();
    let missed = history.events[10].position;
    let error = pipeline.put(&holed, sample::time(0)).await.unwrap_err();
    assert_eq!(error, ProjectorError::Hole { partition: missed.partition, after: missed.number - 1 });
    pipeline.put(&history.events, sample::time(0)).await.unwrap();
    pipeline.drain(sample::time(0)).await.unwrap();
    assert_eq!(model.snapshot(), expected(social::group(), &history.events).await);
}

#[tokio::test]
async fn where_another_worker_was_faster_each_event_is_worked_in_once() {
    let history = posts(30);
    let (mut pipeline, model) = slow(social::group()).await;
    let shared = Arc::new(model.model.clone());
    let mut other = Projector::attach(shared, social::group(), PARTITIONS).await.unwrap();
    for upto in [5, 20, 40] {
        pipeline.put(&history.events[..upto], sample::time(0)).await.unwrap();
    }
    // In the midst of what is under way, and of what waits.
    other.apply(&history.events[..33], sample::time(0)).await.unwrap();
    model.permits.add_permits(20);
    pipeline.drain(sample::time(0)).await.unwrap();
    assert_eq!(pipeline.checkpoint(), &model.snapshot().checkpoint);
    pipeline.put(&history.events, sample::time(0)).await.unwrap();
    pipeline.drain(sample::time(0)).await.unwrap();
    assert_eq!(model.snapshot(), expected(social::group(), &history.events).await);
}

#[tokio::test]
async fn behind_an_event_that_is_parked_by_the_step_under_way_its_stream_waits() {
    let mut history = History::default();
    let stream = post::stream(sample::post(1));
    let unreadable = Encoded { name: "PostEdited".into(), schema: 99, data: "{}".into() };
    let edit = post::Event::PostEdited { post: sample::post(1), text: "late".into() };
    history.post(1, 7).commit(stream.clone(), vec![unreadable]).add(stream, &edit).post(2, 7);
    let (mut pipeline, model) = slow(social::group()).await;
    let looks = model.looks();
    pipeline.put(&history.events[..2], sample::time(0)).await.unwrap();
    pipeline.put(&history.events[2..], sample::time(0)).await.unwrap();
    model.permits.add_permits(10);
    pipeline.drain(sample::time(0)).await.unwrap();
    assert_eq!((model.steps(), model.looks()), (2, looks), "each was stored as it was planned");
    let stored = model.snapshot();
    assert_eq!(stored.parked.values().map(|p| p.error.is_empty()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(stored.tables, expected(social::group(), &history.events).await.tables);
}

/// Adds to a column that does not take what hidden posts bring.
struct Picky;

const COUNTS: Table = Table {
    name: "counts",
    about: "Events by stream.",
    key: &[Column { name: "stream", ty: Type::Text, about: "the stream" }],
    columns: &[Column { name: "events", ty: Type::Counter, about: "events" }],
    indexes: &[],
};

impl Projection for Picky {
    fn name(&self) -> &'static str {
        "counts"
    }

    fn tables(&self) -> &'static [Table] {
        &[COUNTS]
    }

    fn project(&self, event: &Recorded, changes: &mut Changes) -> Result<(), ProjectError> {
        let row = changes.row("counts", [event.stream.as_str().into()]);
        row.add("events", 1);
        if event.event.name == "PostHidden" {
            row.set("events", "poison").add("events", 1);
        }
        Ok(())
    }
}

#[tokio::test]
async fn an_event_that_the_store_refuses_is_parked_alone_wherever_it_stands() {
    let hidden =
        post::Event::PostHidden { post: sample::post(1), author: sample::user(7), by: sample::user(7) };
    for place in [0, 3, 6, 11, 20] {
        let mut history = posts(place);
        history.add(post::stream(sample::post(1)), &hidden);
        (40..50).for_each(|n| {
            history.post(n, 7);
        });
        let group = || Group { name: "social", projections: vec![Arc::new(Picky)] };
        let (mut pipeline, model) = slow(group()).await;
        for events in history.events.chunks(7) {
            pipeline.put(events, sample::time(0)).await.unwrap();
        }
        model.permits.add_permits(100);
        pipeline.drain(sample::time(0)).await.unwrap();
        let (stored, expected) = (model.snapshot(), expected(group(), &history.events).await);
        assert_eq!((stored.tables, stored.parked.len()), (expected.tables, 1));
        assert_eq!(stored.checkpoint.numbers, expected.checkpoint.numbers);
    }
}

#[tokio::test]
async fn after_a_failure_it_goes_on_from_what_is_stored() {
    let history = posts(30);
    let (mut pipeline, model) = slow(social::group()).await;
    model.permits.add_permits(1);
    pipeline.put(&history.events[..10], sample::time(0)).await.unwrap();
    pipeline.put(&history.events[..20], sample::time(0)).await.unwrap();
    let done = pipeline.done().await;
    pipeline.settle(done, sample::time(0)).await.unwrap();
    model.fails.store(true, Ordering::SeqCst);
    model.permits.add_permits(100);
    pipeline.put(&history.events[..30], sample::time(0)).await.unwrap();
    let failed = pipeline.drain(sample::time(0)).await.unwrap_err();
    assert_eq!(failed, ProjectorError::ReadModel(ReadModelError::Unavailable("gone".into())));
    model.fails.store(false, Ordering::SeqCst);
    pipeline.reload().await.unwrap();
    assert_eq!(pipeline.checkpoint().numbers.iter().sum::<u64>(), 10);
    let missing: Vec<_> = history.events[10..].to_vec();
    pipeline.put(&missing, sample::time(0)).await.unwrap();
    pipeline.drain(sample::time(0)).await.unwrap();
    assert_eq!(model.snapshot(), expected(social::group(), &history.events).await);
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_bounded() {
    let (mut pipeline, model) = slow(social::group()).await;
    let mut history = History::default();
    let text = "x".repeat(100_000);
    (1..=100).for_each(|n| {
        let event =
            post::Event::PostCreated { post: sample::post(n), author: sample::user(7), text: text.clone() };
        history.add(post::stream(sample::post(n)), &event);
    });
    let mut taken = 0;
    for event in &history.events {
        let put = pipeline.put(std::slice::from_ref(event), sample::time(0));
        if timeout(Duration::from_secs(60), put).await.is_err() {
            break;
        }
        taken += 1;
    }
    assert!((80..90).contains(&taken), "{taken} events of 100 kB were taken");
    model.permits.add_permits(10);
    pipeline.put(&history.events, sample::time(0)).await.unwrap();
    pipeline.drain(sample::time(0)).await.unwrap();
    assert_eq!(model.snapshot().checkpoint.numbers.iter().sum::<u64>(), 100);
}
