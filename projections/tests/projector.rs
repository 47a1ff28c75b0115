//! The projector: duplicates, holes, races, and events that cannot be applied.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

mod support;

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use support::{History, PARTITIONS, ask, projector};
use tidings_domain::testing::sample;
use tidings_domain::{Encoded, Event, Origin, Position, Recorded, post};
use tidings_projections::sqlite::InMemory;
use tidings_projections::{
    Advance, ApplyError, Changes, Checkpoint, Column, Group, MemoryReadModel, Parked, ProjectError,
    Projection, Projector, ProjectorError, ReadModel, ReadModelError, Reader, Retried, Select, Step, Table,
    Type, Value, social,
};

#[tokio::test]
async fn what_was_seen_before_is_skipped() {
    let mut history = History::default();
    history.post(1, 7).like(1, sample::post(1)).like(2, sample::post(1));
    let (mut projector, model) = projector(social::group()).await;
    for upto in 1..=3 {
        projector.apply(&history.events[..upto], sample::time(0)).await.unwrap();
    }
    assert_eq!(ask(&model, "PostsWithLikes", "{}").await[0]["likes"], 2);
}

#[tokio::test]
async fn a_hole_is_named_and_nothing_is_applied() {
    let mut history = History::default();
    (1..=30).for_each(|n| {
        history.post(n, 7);
    });
    let mine = |e: &&Arc<Recorded>| e.position.partition == 1 && e.position.number != 2;
    let holed: Vec<_> = history.events.iter().filter(mine).cloned().collect();
    let (mut projector, _) = projector(social::group()).await;
    let error = projector.apply(&holed, sample::time(0)).await.unwrap_err();
    assert_eq!(error, ProjectorError::Hole { partition: 1, after: 1 });
    assert_eq!(projector.checkpoint().numbers, [0; 3]);
}

#[tokio::test]
async fn half_a_commit_is_a_hole() {
    let mut history = History::default();
    let two = vec![sample::post_created(1, sample::user(1)).encode(), edit("two").encode()];
    history.commit(post::stream(sample::post(1)), two);
    let (mut projector, _) = projector(social::group()).await;
    let partition = history.events[0].position.partition;
    for half in [&history.events[..1], &history.events[1..]] {
        let error = projector.apply(half, sample::time(0)).await.unwrap_err();
        assert_eq!(error, ProjectorError::Hole { partition, after: 0 });
    }
    projector.apply(&history.events, sample::time(0)).await.unwrap();
}

#[tokio::test]
async fn of_two_workers_on_one_read_model_each_event_is_applied_once() {
    let mut history = History::default();
    history.post(1, 7);
    (1..=20).for_each(|user| {
        history.like(user, sample::post(1));
    });
    let (mut one, model) = projector(social::group()).await;
    let mut other = Projector::attach(Arc::new(model.clone()), social::group(), PARTITIONS).await.unwrap();
    for upto in 1..=history.events.len() {
        let worker = if upto % 2 == 0 { &mut one } else { &mut other };
        worker.apply(&history.events[..upto], sample::time(0)).await.unwrap();
    }
    assert_eq!(ask(&model, "PostsWithLikes", "{}").await[0]["likes"], 20);
}

fn edit(text: &str) -> post::Event {
    post::Event::PostEdited { post: sample::post(1), text: text.into() }
}

fn unreadable() -> Encoded {
    Encoded { name: "PostEdited".into(), schema: 99, data: "{}".into() }
}

#[tokio::test]
async fn an_unreadable_event_and_its_stream_are_parked_and_the_others_go_on() {
    let mut history = History::default();
    let stream = post::stream(sample::post(1));
    history
        .post(1, 7)
        .commit(stream.clone(), vec![unreadable()])
        .post(2, 7)
        .add(stream.clone(), &edit("late"));
    let (mut projector, model) = projector(social::group()).await;
    for event in &history.events {
        projector.apply(std::slice::from_ref(event), sample::time(5)).await.unwrap();
    }
    let parked = model.parked("social").await.unwrap();
    let seen: Vec<_> = parked.iter().map(|p| (p.event.as_str(), p.error.contains("schema 99"))).collect();
    assert_eq!(seen, [("PostEdited", true), ("PostEdited", false)]);
    assert_eq!(parked[1].error, "", "the second only waits");
    assert_eq!(parked[0].parked_at, sample::time(5));
    let posts = ask(&model, "RecentPosts", "{}").await;
    assert_eq!(posts.as_array().unwrap().len(), 2);
    assert!(posts.as_array().unwrap().iter().all(|p| p["text"] == "hello"), "a waiting edit is not applied");
}

/// Counts events by stream in a column that refuses more than i64::MAX, and can be mended.
struct Counting {
    mended: Arc<AtomicBool>,
}

const COUNTS: Table = Table {
    name: "counts",
    about: "Events by stream.",
    key: &[Column { name: "stream", ty: Type::Text, about: "the stream" }],
    columns: &[Column { name: "events", ty: Type::Counter, about: "events" }],
    indexes: &[],
};

impl Projection for Counting {
    fn name(&self) -> &'static str {
        "counts"
    }

    fn tables(&self) -> &'static [Table] {
        &[COUNTS]
    }

    fn project(&self, event: &Recorded, changes: &mut Changes) -> Result<(), ProjectError> {
        let poison = event.event.name == "PostHidden" && !self.mended.load(Ordering::SeqCst);
        let row = changes.row("counts", [event.stream.as_str().into()]);
        if poison {
            row.set("events", "poison")
        } else {
            row.add("events", 1)
        };
        Ok(())
    }
}

fn counting() -> (Group, Arc<AtomicBool>) {
    let mended = Arc::new(AtomicBool::new(false));
    (Group { name: "social", projections: vec![Arc::new(Counting { mended: mended.clone() })] }, mended)
}

async fn counts(model: &InMemory) -> Vec<i64> {
    let select = Select { sql: "SELECT events FROM counts ORDER BY stream", params: vec![] };
    let rows = model.select("social", &[], &select).await.unwrap().unwrap().rows;
    rows.iter().map(|row| if let Value::Int(n) = row[0] { n } else { panic!("{row:?}") }).collect()
}

#[tokio::test]
async fn an_event_that_the_store_refuses_is_found_and_parked() {
    let mut history = History::default();
    (1..=20).for_each(|n| {
        history.post(n, 7);
    });
    let hidden =
        post::Event::PostHidden { post: sample::post(1), author: sample::user(7), by: sample::user(7) };
    let commit = vec![edit("before").encode(), hidden.encode(), edit("behind").encode()];
    history.commit(post::stream(sample::post(1)), commit);
    history.add(post::stream(sample::post(1)), &edit("later")).post(21, 7);
    let (group, mended) = counting();
    let (mut projector, model) = projector(group).await;
    projector.apply(&history.events, sample::time(0)).await.unwrap();

    let parked = model.parked("social").await.unwrap();
    let names: Vec<_> = parked.iter().map(|p| (p.event.as_str(), p.error.is_empty())).collect();
    assert_eq!(names, [("PostHidden", false), ("PostEdited", true), ("PostEdited", true)]);
    let mut expected = vec![1; 21];
    expected[0] = 2;
    assert_eq!(
        counts(&model).await,
        expected,
        "all others are applied, also the one before it in its commit"
    );
    let total: u64 = projector.checkpoint().numbers.iter().sum();
    assert_eq!(total, 23, "every commit is seen");

    let fetch = |position: Position| {
        let commit: Vec<_> = history.events.iter().filter(|e| e.position == position).cloned().collect();
        async move { Ok::<_, Infallible>(commit) }
    };
    let again = projector.retry_parked(sample::time(9), fetch).await.unwrap();
    assert_eq!(again, Retried { applied: 0, parked: 3 }, "what is not mended stays parked");
    let parked = model.parked("social").await.unwrap();
    let tries: Vec<_> = parked.iter().map(|p| (p.tries, p.parked_at, p.tried_at)).collect();
    let (then, now) = (sample::time(0), sample::time(9));
    assert_eq!(tries, [(2, then, now), (0, then, then), (0, then, then)], "the first of its stream is tried");
    assert!(!parked[0].error.is_empty());
    mended.store(true, Ordering::SeqCst);
    assert_eq!(
        projector.retry_parked(sample::time(9), fetch).await.unwrap(),
        Retried { applied: 3, parked: 0 }
    );
    expected[0] = 5;
    assert_eq!((counts(&model).await, model.parked("social").await.unwrap()), (expected, vec![]));

    history.add(post::stream(sample::post(1)), &edit("as usual"));
    projector.apply(&history.events, sample::time(0)).await.unwrap();
    assert_eq!(counts(&model).await[0], 6, "its stream goes on");
}

#[tokio::test]
async fn a_worker_learns_what_another_parked() {
    let mut history = History::default();
    let stream = post::stream(sample::post(1));
    history.post(1, 7).commit(stream.clone(), vec![unreadable()]).add(stream, &edit("late"));
    let (mut one, model) = projector(social::group()).await;
    let mut other = Projector::attach(Arc::new(model.clone()), social::group(), PARTITIONS).await.unwrap();
    one.apply(&history.events[..2], sample::time(0)).await.unwrap();
    other.apply(&history.events, sample::time(0)).await.unwrap();
    assert_eq!(model.parked("social").await.unwrap().len(), 2);
}

#[tokio::test]
async fn parked_events_are_read_again_only_where_they_are_others() {
    let mut history = History::default();
    let stream = post::stream(sample::post(1));
    history.post(1, 7).commit(stream.clone(), vec![unreadable()]).add(stream, &edit("late"));
    let counted = Arc::new(ParkedReads::default());
    let model: Arc<dyn ReadModel> = counted.clone();
    let mut one = Projector::attach(model.clone(), social::group(), PARTITIONS).await.unwrap();
    let mut other = Projector::attach(model, social::group(), PARTITIONS).await.unwrap();
    let attached = counted.reads.load(Ordering::SeqCst);

    one.apply(&history.events[..1], sample::time(0)).await.unwrap();
    other.reload().await.unwrap();
    assert_eq!(other.checkpoint(), one.checkpoint());
    assert_eq!(counted.reads.load(Ordering::SeqCst), attached, "nothing was parked");

    one.apply(&history.events, sample::time(0)).await.unwrap();
    other.reload().await.unwrap();
    other.reload().await.unwrap();
    assert_eq!((other.checkpoint(), other.parked()), (one.checkpoint(), one.parked()));
    assert_eq!(counted.reads.load(Ordering::SeqCst), attached + 1, "read once for what was parked");
}

/// A read model that counts how often its parked events are read.
#[derive(Default)]
struct ParkedReads {
    model: MemoryReadModel,
    reads: AtomicUsize,
}

#[async_trait]
impl ReadModel for ParkedReads {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        self.model.attach(group, origin).await
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        self.model.checkpoint(group).await
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        self.model.apply(group, step).await
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.model.parked(group).await
    }
}

#[tokio::test]
async fn what_a_worker_says_is_worked_in_is_stored_though_another_was_faster_with_a_part_of_it() {
    let mut history = History::default();
    (1..=20).for_each(|n| {
        history.post(n, 7);
    });
    let (mut one, model) = projector(social::group()).await;
    let mut other = Projector::attach(Arc::new(model.clone()), social::group(), PARTITIONS).await.unwrap();
    one.apply(&history.events[..3], sample::time(0)).await.unwrap();
    other.apply(&history.events, sample::time(0)).await.unwrap();
    let stored = ReadModel::checkpoint(&model, "social").await.unwrap();
    assert_eq!((stored.numbers.iter().sum::<u64>(), &stored), (20, other.checkpoint()));
}

#[tokio::test]
async fn parked_events_that_a_crash_lost_are_not_taken_for_those_that_came_in_their_place() {
    let (model, group) = (MemoryReadModel::default(), social::group());
    model.attach(&group, PARTITIONS.into()).await.unwrap();
    let before = model.snapshot("social").unwrap();
    let mut history = History::default();
    history.post(1, 7).post(2, 7);
    let park = |event: &Recorded| Step {
        park: vec![Parked::of(event, "cannot be read", sample::time(0))],
        ..Step::default()
    };
    let lost = park(&history.events[0]);
    model.apply(&group, &lost).await.unwrap();
    // The server crashes; the worker that has seen its answer sleeps meanwhile.
    model.lose_since(&group, before);
    model.apply(&group, &park(&history.events[1])).await.unwrap();
    let stale =
        Step { parked_epoch: lost.next_epoch(), unpark: vec![(lost.park[0].position, 0)], ..Step::default() };
    assert_eq!(model.apply(&group, &stale).await, Err(ApplyError::Moved));
}

/// Parks the first event of its partition when it is asked what is parked, and then crashes and loses that; once.
struct Crashes {
    model: MemoryReadModel,
    group: Group,
    park: Mutex<Option<Step>>,
}

#[async_trait]
impl ReadModel for Crashes {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        self.model.attach(group, origin).await
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        self.model.checkpoint(group).await
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        self.model.apply(group, step).await
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        let Some(park) = self.park.lock().unwrap().take() else { return self.model.parked(group).await };
        let before = self.model.snapshot("social").unwrap();
        self.model.apply(&self.group, &park).await.unwrap();
        let parked = self.model.parked(group).await;
        self.model.lose_since(&self.group, before);
        parked
    }
}

#[tokio::test]
async fn parked_events_that_a_crash_lost_while_they_were_read_are_not_believed() {
    let (model, group) = (MemoryReadModel::default(), social::group());
    let mut history = History::default();
    history.post(1, 7);
    let event = &history.events[0];
    let Position { partition, number: to } = event.position;
    let advance = Advance { partition, from: 0, to, commit: event.commit };
    let park = vec![Parked::of(event, "cannot be read", sample::time(0))];
    let park = Mutex::new(Some(Step { advances: vec![advance], park, ..Step::default() }));
    let crashes = Crashes { model, group: group.clone(), park };
    let projector = Projector::attach(Arc::new(crashes), group, PARTITIONS).await.unwrap();
    assert!(projector.parked().is_empty(), "{:?}", projector.parked());
}
