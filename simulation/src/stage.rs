//! What all parts of a run share: the plan, the dice, the real log and bus, the truth and the verdict.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tidings_bus::Record;
use tidings_eventstore::{Batch, Commit, InsertError, Log};
use tidings_projections::{ApplyError, Group, Step};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use crate::asked::Asked;
use crate::chance::Chance;
use crate::faults::KINDS;
use crate::history::History;
use crate::odds::Odds;
use crate::oracle;
use crate::outages::Outages;
use crate::plan::Plan;
use crate::run::Adapters;
use crate::servers::{Broker, Model, Primary, Recorder, at_once, with_bug};
use crate::truth::Truth;
use crate::{Planted, hold};

/// One run.
pub(crate) struct Stage {
    pub(crate) plan: Plan,
    pub(crate) chance: Chance,
    pub(crate) history: History,
    pub(crate) primary: Primary,
    pub(crate) broker: Broker,
    pub(crate) model: Model,
    pub(crate) recorder: Recorder,
    pub(crate) records: Mutex<oracle::records::Records>,
    pub(crate) truth: Mutex<Truth>,
    pub(crate) asked: Mutex<Asked>,
    pub(crate) published: Mutex<oracle::Published>,
    pub(crate) mirror: Mutex<oracle::Mirror>,
    pub(crate) outages: Outages,
    /// That of the adapters.
    runtime: Option<Handle>,
    /// Effects that are still to come, of calls that were answered.
    late: AtomicUsize,
    healed: AtomicBool,
    /// A release is out that can apply what could not be applied before; processes that start from now on have it.
    pub(crate) mended: AtomicBool,
    counts: Mutex<Counts>,
    verdict: Mutex<Option<String>>,
    judged: Notify,
}

/// Counts for the report.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    pub(crate) answers: BTreeMap<&'static str, u64>,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) checks: BTreeMap<&'static str, u64>,
    pub(crate) calls: u64,
}

/// More calls than this are a loop that waits for nothing.
const MOST_CALLS: u64 = 2_000_000;

impl Stage {
    pub(crate) fn new(seed: u64, plan: Plan, adapters: Adapters) -> Self {
        let Adapters { log, ledger, views, bus, runtime } = adapters;
        Self {
            chance: Chance::new(seed),
            history: History::new(),
            primary: Primary::new(plan.partitions, log),
            broker: Broker::new(bus),
            model: Model::new(views),
            recorder: Recorder::new(with_bug(ledger, plan.planted)),
            records: Mutex::default(),
            truth: Mutex::default(),
            asked: Mutex::default(),
            published: Mutex::default(),
            mirror: Mutex::new(oracle::Mirror::new(plan.partitions)),
            outages: Outages::default(),
            runtime,
            late: AtomicUsize::new(0),
            healed: AtomicBool::new(false),
            mended: AtomicBool::new(false),
            counts: Mutex::default(),
            verdict: Mutex::default(),
            judged: Notify::new(),
            plan,
        }
    }

    pub(crate) fn planted(&self, bug: Planted) -> bool {
        self.plan.planted == Some(bug)
    }

    /// What an adapter answers, before anything else goes on.
    pub(crate) fn at_once<T: Send>(&self, answer: impl Future<Output = T> + Send) -> T {
        at_once(self.runtime.as_ref(), answer)
    }

    /// A line of the history.
    pub(crate) fn note(&self, line: fmt::Arguments<'_>) {
        self.history.write(line);
    }

    /// A promise is broken: the run ends with the first of these.
    pub(crate) fn wrong(&self, what: impl Into<String>) {
        let what = what.into();
        self.note(format_args!("WRONG {what}"));
        hold(&self.verdict).get_or_insert(what);
        self.judged.notify_one();
    }

    /// Waits until a promise is broken.
    pub(crate) async fn judged(&self) {
        self.judged.notified().await;
    }

    pub(crate) fn verdict(&self) -> Option<String> {
        hold(&self.verdict).clone()
    }

    /// Throws the dice for a fault, and counts it where it happens.
    pub(crate) fn fault(&self, kind: &'static str, odds: impl Fn(&Odds) -> u32) -> bool {
        let happens = self.is_faulty() && self.chance.happens(odds(&self.plan.odds));
        if happens {
            self.count_fault(kind);
        }
        happens
    }

    /// Counts a fault that was put in, or met.
    pub(crate) fn count_fault(&self, kind: &'static str) {
        debug_assert!(KINDS.contains(&kind), "{kind} is not among the kinds of faults");
        *hold(&self.counts).faults.entry(kind).or_default() += 1;
    }

    pub(crate) fn count_answer(&self, kind: &'static str) {
        *hold(&self.counts).answers.entry(kind).or_default() += 1;
    }

    pub(crate) fn count_check(&self, kind: &'static str) {
        *hold(&self.counts).checks.entry(kind).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> Counts {
        hold(&self.counts).clone()
    }

    /// No fault from now on.
    pub(crate) fn heal(&self) {
        self.healed.store(true, Ordering::Relaxed);
        self.mended.store(true, Ordering::Relaxed);
        self.outages.end();
    }

    /// Whether there are faults now.
    pub(crate) fn is_faulty(&self) -> bool {
        !self.is_healed() && self.history.passed() < self.plan.faulty
    }

    pub(crate) fn is_healed(&self) -> bool {
        self.healed.load(Ordering::Relaxed)
    }

    /// A call costs a little time, at times much.
    pub(crate) async fn delay(&self) {
        let calls = {
            let mut counts = hold(&self.counts);
            counts.calls += 1;
            counts.calls
        };
        if calls > MOST_CALLS {
            self.wrong("calls without end: something loops without waiting");
            std::future::pending::<()>().await;
        }
        if self.fault("a slow call", |odds| odds.slow) {
            tokio::time::sleep(self.chance.while_of(500, 8_000)).await;
            return;
        }
        match self.chance.below(10) {
            0..7 => tokio::task::yield_now().await,
            7..9 => tokio::time::sleep(self.chance.while_of(1, 4)).await,
            _ => tokio::time::sleep(self.chance.while_of(5, 40)).await,
        }
    }

    /// An effect that comes after its call was answered.
    pub(crate) fn later(self: &Arc<Self>, effect: impl Future<Output = ()> + Send + 'static) {
        let delay = self.chance.while_of(1, 3_000);
        self.during(async move {
            tokio::time::sleep(delay).await;
            effect.await;
        });
    }

    /// What a server does, whatever becomes of who asked for it.
    pub(crate) fn during(self: &Arc<Self>, effect: impl Future<Output = ()> + Send + 'static) {
        let stage = self.clone();
        self.late.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            effect.await;
            stage.late.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Whether every late effect has come.
    pub(crate) fn is_quiet(&self) -> bool {
        self.late.load(Ordering::Relaxed) == 0
    }

    /// What a read of the log sees.
    pub(crate) fn log(&self) -> Arc<dyn Log> {
        match self.planted(Planted::LocalReads) {
            true => Arc::new(self.primary.own()),
            false => self.primary.majority().clone(),
        }
    }

    /// The insert takes effect: at once, or piece by piece, whatever becomes of its caller meanwhile.
    pub(crate) async fn store(
        self: &Arc<Self>,
        by: &str,
        batches: &[Batch],
    ) -> Result<Vec<usize>, InsertError> {
        let many = batches.iter().map(|batch| batch.commits.len()).sum::<usize>() > 1;
        if !many || !self.fault("an insert piece by piece", |odds| odds.pieces) {
            return self.primary.insert(self, by, batches).await;
        }
        let (stage, by, batches) = (self.clone(), by.to_owned(), batches.to_vec());
        let (done, answer) = oneshot::channel();
        self.during(async move {
            // Nobody may be waiting for it any more.
            let _ = done.send(stage.store_pieces(&by, &batches).await);
        });
        answer.await.unwrap_or_else(|_| Err(InsertError::InDoubt("no answer".into())))
    }

    async fn store_pieces(&self, by: &str, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        let mut stored = vec![0; batches.len()];
        for (batch, stored) in batches.iter().zip(&mut stored) {
            for commit in &batch.commits {
                let piece = Batch { partition: batch.partition, commits: vec![commit.clone()] };
                if self.primary.insert(self, by, &[piece]).await? != [1] {
                    break;
                }
                *stored += 1;
                tokio::time::sleep(self.chance.while_of(0, 60)).await;
            }
        }
        Ok(stored)
    }

    /// A commit is there for good, and is looked at.
    pub(crate) fn landed(&self, by: &str, commit: &Arc<Commit>) {
        let (at, stream, version) = (commit.position, &commit.stream, commit.first_version);
        let (name, more) =
            (commit.events.first().map_or("nothing", |event| &event.name), commit.events.len());
        self.note(format_args!("log {at} {stream} {version} {name} of {more} by {by}"));
        oracle::landing(self, commit);
    }

    /// The records are on the bus, and are looked at.
    pub(crate) fn publish(&self, by: &str, records: &[Record]) {
        if let (Some(first), Some(last)) = (records.first(), records.last()) {
            let (first, last) = ((first.position, first.index), (last.position, last.index));
            self.note(format_args!("bus {}#{} to {}#{} by {by}", first.0, first.1, last.0, last.1));
        }
        oracle::published(self, records);
        self.broker.carry(self, records);
    }

    /// The step is stored, or not, and is looked at.
    pub(crate) async fn apply(&self, by: &str, group: &Group, step: &Step) -> Result<(), ApplyError> {
        let answer = self.model.apply(self, group, step).await;
        let moves: Vec<String> =
            step.advances.iter().map(|a| format!("{}:{}-{}", a.partition, a.from, a.to)).collect();
        let (rows, parked) = (step.changes.rows(), step.park.len());
        let said = answer.as_ref().err().map_or_else(|| "stored".to_owned(), ToString::to_string);
        self.note(format_args!("rows {} {rows} changed, {parked} parked, by {by}: {said}", moves.join(" ")));
        if answer.is_ok() {
            oracle::rows_moved(self, step);
        }
        answer
    }
}
