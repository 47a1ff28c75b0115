//! What a runner does with time, with outages, and with what it finds when it begins.
#![allow(clippy::unwrap_used)] // a test speaks by panicking

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tidings_domain::process::{Cleanup, Overdue};
use tidings_domain::testing::sample;
use tidings_domain::{Encoded, Event, Position, StreamId, Target, clip, like, post};
use tidings_eventstore::{Append, EventStore, MemoryLog};
use tidings_ledger::{MemoryLedger, Progress};
use tidings_process_host::{Hands, Host, Options, Order, SocialProcess};
use tidings_projections::sqlite::InMemory;
use tidings_projections::{ReadModel, social};
use tidings_world::{Seeded, World};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

const PARTITIONS: u16 = 4;

/// Notes what it is given, and refuses some of it.
#[derive(Default)]
struct Noting {
    given: Mutex<Vec<Value>>,
    /// What the next orders of these actors are answered with; `ok` without.
    refusals: Mutex<BTreeMap<String, Value>>,
}

#[async_trait]
impl Hands for Noting {
    async fn carry_out(&self, orders: &[Order]) -> Result<Vec<String>, String> {
        let answer = |order: &Order| {
            let line: Value = serde_json::from_str(&order.line).unwrap();
            let refusal = self.refusals.lock().unwrap().get(line["actor"].as_str().unwrap()).cloned();
            self.given.lock().unwrap().push(line);
            match refusal {
                Some(error) => json!({ "id": order.id, "ok": false, "error": error }).to_string(),
                None => json!({ "id": order.id, "ok": true }).to_string(),
            }
        };
        Ok(orders.iter().map(answer).collect())
    }
}

impl Noting {
    fn actors(&self) -> BTreeSet<String> {
        self.given.lock().unwrap().iter().map(|line| line["actor"].as_str().unwrap().to_owned()).collect()
    }

    fn count(&self) -> usize {
        self.given.lock().unwrap().len()
    }

    fn ids(&self) -> BTreeSet<String> {
        self.given.lock().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    }
}

struct Setup {
    /// The clock of who records.
    theirs: Arc<Seeded>,
    /// The clock of the process host.
    ours: Arc<Seeded>,
    store: EventStore,
    ledger: MemoryLedger,
    hands: Arc<Noting>,
}

impl Setup {
    fn new() -> Self {
        let (theirs, ours) = (Arc::new(Seeded::new(1)), Arc::new(Seeded::new(2)));
        let log = Arc::new(MemoryLog::new(PARTITIONS));
        let store = EventStore::start(log, theirs.clone(), Default::default());
        Self { theirs, ours, store, ledger: MemoryLedger::default(), hands: Arc::default() }
    }

    async fn append(&self, stream: StreamId, expected: u64, event: Encoded) -> Position {
        let (command, correlation) = (self.theirs.id(), self.theirs.id());
        let (events, actor) = (vec![event], Uuid::nil());
        let append = Append {
            stream,
            expected,
            events,
            command,
            correlation,
            causation: None,
            actor,
            occurred_at: None,
        };
        self.store.append(append).await.unwrap().commit.position
    }

    /// A post that is gone, and likes of these users that landed behind its end.
    async fn likes_on_a_gone_post(&self, users: impl IntoIterator<Item = u32>) -> Vec<Position> {
        let (id, author) = (sample::post(1), sample::user(100));
        self.append(post::stream(id), 0, sample::post_created(1, author).encode()).await;
        let deleted = post::Event::PostDeleted { post: id, author, by: author };
        self.append(post::stream(id), 1, deleted.encode()).await;
        let mut positions = Vec::new();
        for user in users.into_iter().map(sample::user) {
            let target = Target::from(id);
            let liked = sample::liked(user, target).encode();
            positions.push(self.append(like::stream(user, target), 0, liked).await);
        }
        positions
    }

    async fn run(&self, process: Box<SocialProcess>) -> JoinSet<()> {
        let model = InMemory::new().unwrap();
        model.attach(&social::group(), PARTITIONS.into()).await.unwrap();
        let host = Host {
            store: self.store.clone(),
            reader: Arc::new(AllSeen(model)),
            progress: Arc::new(self.ledger.clone()),
            hands: self.hands.clone(),
            world: self.ours.clone(),
            options: Options::default(),
        };
        host.start(vec![process])
    }

    async fn progress(&self, process: &str) -> Vec<Position> {
        self.ledger.progress(process).await.unwrap()
    }
}

/// A read model that is empty and says that it has seen all.
struct AllSeen(InMemory);

#[async_trait]
impl tidings_projections::Reader for AllSeen {
    async fn select(
        &self,
        group: &str,
        _: &[Position],
        select: &tidings_projections::Select,
    ) -> Result<Option<tidings_projections::Rows>, tidings_projections::ReadModelError> {
        self.0.select(group, &[], select).await
    }

    async fn checkpoint(
        &self,
        group: &str,
    ) -> Result<tidings_projections::Checkpoint, tidings_projections::ReadModelError> {
        tidings_projections::Reader::checkpoint(&self.0, group).await
    }

    fn moved(&self) -> tidings_projections::Moved<'_> {
        self.0.moved()
    }
}

fn actors(users: impl IntoIterator<Item = u32>) -> BTreeSet<String> {
    users.into_iter().map(|user| sample::user(user).to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_behind_that_of_who_records_holds_up_no_cleanup() {
    let setup = Setup::new();
    setup.theirs.jump(3_600_000);
    setup.likes_on_a_gone_post([1, 2]).await;
    let _running = setup.run(Box::new(Cleanup)).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(setup.hands.actors(), actors([1, 2]));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_comes_at_its_time_and_not_before_also_in_the_midst_of_a_page() {
    let setup = Setup::new();
    let stage = async |n: u32| {
        let staged = sample::clip_staged(n, sample::user(n)).encode();
        setup.append(clip::stream(sample::clip(n)), 0, staged).await
    };
    for n in 1..=8 {
        stage(n).await;
    }
    let _running = setup.run(Box::new(Overdue::after(Duration::from_secs(60)))).await;
    sleep(Duration::from_secs(40)).await;
    for n in 9..=16 {
        stage(n).await;
    }
    sleep(Duration::from_secs(19)).await;
    assert_eq!((setup.hands.count(), setup.progress("overdue").await), (0, vec![]));
    sleep(Duration::from_secs(3)).await;
    assert_eq!(setup.hands.actors(), actors(1..=8));
    sleep(Duration::from_secs(35)).await;
    assert_eq!(setup.hands.actors(), actors(1..=8), "the later ones have their own time");
    sleep(Duration::from_secs(5)).await;
    assert_eq!((setup.hands.actors(), setup.hands.count()), (actors(1..=16), 16), "each once");
}

#[tokio::test(start_paused = true)]
async fn what_is_unavailable_is_tried_under_the_same_id_and_holds_up_no_other_partition() {
    let setup = Setup::new();
    let likes = setup.likes_on_a_gone_post(1..=20).await;
    let away = json!({ "code": "unavailable", "message": "the log is away", "retry": true });
    let one = sample::user(1).to_string();
    setup.hands.refusals.lock().unwrap().insert(one.clone(), away);
    let _running = setup.run(Box::new(Cleanup)).await;
    sleep(Duration::from_secs(30)).await;
    let elsewhere = (1..=20).filter(|user| likes[*user as usize - 1].partition != likes[0].partition);
    assert!(setup.hands.actors().is_superset(&actors(elsewhere)));
    let behind = setup.progress("cleanup").await;
    let here = behind.iter().find(|at| at.partition == likes[0].partition);
    assert!(here.is_none_or(|at| at.number < likes[0].number), "it has not come past it: {behind:?}");
    let tries = |line: &&Value| line["actor"] == one.as_str();
    let before = setup.hands.given.lock().unwrap().iter().filter(tries).count();
    assert!((2..40).contains(&before), "tried again, and more and more rarely: {before}");

    setup.hands.refusals.lock().unwrap().clear();
    sleep(Duration::from_secs(10)).await;
    assert_eq!((setup.hands.actors(), setup.hands.ids().len()), (actors(1..=20), 20), "one id each");
    let done: u64 = setup.progress("cleanup").await.iter().map(|at| at.number).sum();
    assert_eq!(done, 22, "all commits are done with");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_done_with() {
    let setup = Setup::new();
    setup.likes_on_a_gone_post(1..=5).await;
    for (user, code) in (1..).zip(["gone", "rejected", "not_found", "invalid", "unavailable"]) {
        let refusal = json!({ "code": code, "message": "no", "retry": false });
        setup.hands.refusals.lock().unwrap().insert(sample::user(user).to_string(), refusal);
    }
    let _running = setup.run(Box::new(Cleanup)).await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(setup.hands.count(), 5);
    let done: u64 = setup.progress("cleanup").await.iter().map(|at| at.number).sum();
    assert_eq!(done, 7);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_ahead_of_its_log_begins_with_it_anew() {
    let setup = Setup::new();
    let likes = setup.likes_on_a_gone_post([1]).await;
    let ahead = Position::new(likes[0].partition, 1_000);
    setup.ledger.advance("cleanup", vec![ahead]).await.unwrap();
    let _running = setup.run(Box::new(Cleanup)).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(setup.hands.actors(), actors([1]));
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_not_done_again_after_a_start() {
    let setup = Setup::new();
    setup.likes_on_a_gone_post([1, 2]).await;
    let running = setup.run(Box::new(Cleanup)).await;
    sleep(Duration::from_secs(5)).await;
    drop(running);
    assert_eq!(setup.hands.count(), 2);
    let _running = setup.run(Box::new(Cleanup)).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(setup.hands.count(), 2);
}
