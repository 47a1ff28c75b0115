//! One run from one seed.

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::Bus;
use tidings_eventstore::{Log, MemoryLog};
use tidings_ledger::{Ledger, MemoryLedger};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::chaos::chaos;
use crate::clients::{Client, Enquiries, Wishes, give_again, probe};
use crate::faults::FaultyLog;
use crate::host::Hosts;
use crate::involved::involved;
use crate::life::Life;
use crate::projecting::{project, retry_parked};
use crate::servers::Views;
use crate::stage::Stage;
use crate::{Failure, Kept, Plan, Report, oracle};

/// Runs a whole system, on paused time, on this thread.
///
/// ```
/// use tidings_simulation::{Plan, run};
/// let report = run(7, &Plan::of(7)).unwrap();
/// assert_eq!(report.hash, run(7, &Plan::of(7)).unwrap().hash);
/// ```
///
/// # Errors
/// When a promise of the design does not hold.
pub fn run(seed: u64, plan: &Plan) -> Result<Report, Failure> {
    run_on(seed, plan, Adapters::in_memory(plan))
}

/// What a run's servers keep things in.
#[derive(Clone)]
pub struct Adapters {
    /// What the log's majority has; with as many partitions as the plan says.
    pub log: Arc<dyn Log>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// A read model that does all that the one in memory does, and must answer the same and have the same rows. Only a
    /// plan fits in which none is put back and none loses steps: `odds.switched=0,odds.lost_steps=0`.
    pub views: Option<Views>,
    /// A bus over which all records of relays go, with a topic that nobody else writes to. Only a plan fits in which it
    /// is left as it is: `odds.forgotten=0,odds.made_anew=0,odds.foreign=0`.
    pub bus: Option<Arc<dyn Bus>>,
    /// Where those of them have their sockets and timers that have such.
    pub runtime: Option<Handle>,
}

impl Adapters {
    /// Those of a plan, in memory.
    pub fn in_memory(plan: &Plan) -> Self {
        Self {
            log: Arc::new(MemoryLog::new(plan.partitions)),
            ledger: Arc::new(MemoryLedger::default()),
            views: None,
            bus: None,
            runtime: None,
        }
    }
}

/// The same on other adapters, which hold nothing yet. Their answers must come from threads of their own, or on
/// [`Adapters::runtime`]: this thread waits for them. The faults are the same: nothing is to befall the adapters themselves.
///
/// # Errors
/// As [`run`].
pub fn run_on(seed: u64, plan: &Plan, adapters: Adapters) -> Result<Report, Failure> {
    let failed = |what: String| Failure {
        seed,
        what,
        took: Duration::ZERO,
        history: String::new(),
        involved: Default::default(),
        hash: String::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.map_err(|error| failed(error.to_string()))?.block_on(play(seed, plan.clone(), adapters))
}

/// The most virtual time that the clients may need.
const CLIENTS_LIMIT: Duration = Duration::from_secs(3_600);
/// The most virtual time in which everything must be well again once faults have stopped.
/// A lease must end and a next attempt must come.
const HEALING_LIMIT: Duration = Duration::from_secs(150);

/// After this time every call has had its effect that was begun while there were faults.
const LONGEST_CALL: Duration = Duration::from_secs(10);

async fn play(seed: u64, plan: Plan, adapters: Adapters) -> Result<Report, Failure> {
    let started = Instant::now();
    let stage = Arc::new(Stage::new(seed, plan, adapters));
    stage.note(format_args!("seed {seed} {:?}", stage.plan));
    tokio::select! {
        biased;
        () = stage.judged() => {}
        () = acts(&stage) => {}
    }
    let (counts, hash) = (stage.counts(), stage.history.hash());
    if let Some(what) = stage.verdict() {
        let (took, history, involved) = (started.elapsed(), stage.history.text(), involved(&stage, &what));
        return Err(Failure { seed, what, took, history, involved, hash });
    }
    let commits = crate::hold(&stage.truth).now() as u64;
    let (answers, faults, checks) = (counts.answers, counts.faults, counts.checks);
    let history = stage.history.text();
    Ok(Report { seed, answers, faults, commits, checks, took: started.elapsed(), hash, history })
}

/// Clients at work under faults; then no fault any more, and everything must be well again.
async fn acts(stage: &Arc<Stage>) {
    let hosts = Hosts::start(stage);
    let wishes = Arc::new(Wishes::new(stage.plan.mix, stage.plan.users, &stage.chance));
    for partition in 0..stage.plan.partitions {
        let log = FaultyLog::new(stage.clone(), Life::new(&format!("reader {partition}"), false));
        tokio::spawn(oracle::follow(stage.clone(), log, partition));
    }
    for place in 0..stage.plan.projectors {
        tokio::spawn(project(stage.clone(), place));
    }
    tokio::spawn(chaos(stage.clone(), hosts.clone()));
    let mut clients = JoinSet::new();
    let enquiries = Enquiries::start(stage);
    for client in 0..stage.plan.clients {
        let (stage, hosts, wishes) = (stage.clone(), hosts.clone(), wishes.clone());
        let enquiries = enquiries.clone();
        clients.spawn(Client { name: format!("c{client}"), stage, hosts, enquiries, wishes }.run());
    }
    if timeout(CLIENTS_LIMIT, clients.join_all()).await.is_err() {
        stage.wrong("the clients do not come to an end");
    }
    stage.heal();
    stage.note(format_args!("no fault from here on"));
    if timeout(HEALING_LIMIT, healed(stage, &hosts, &wishes)).await.is_err() {
        stage.wrong(format!("not well again within {HEALING_LIMIT:?}: {}", ailment(stage)));
    }
    oracle::settled(stage);
    oracle::linear(stage);
    if stage.plan.ledger != Kept::Not {
        oracle::records::outcomes_right(stage);
    }
    oracle::rows_right(stage);
    oracle::rows_as_rebuilt(stage);
    for partition in 0..stage.plan.partitions {
        stage.broker.tail(stage, partition, None);
    }
}

/// Every host takes commands again, and everything has arrived everywhere.
async fn healed(stage: &Arc<Stage>, hosts: &Hosts, wishes: &Wishes) {
    let pause = Duration::from_millis(50);
    while !stage.is_quiet() {
        tokio::time::sleep(pause).await;
    }
    for slot in 0..hosts.len() {
        while !probe(stage, hosts, slot, wishes).await {
            tokio::time::sleep(pause).await;
        }
    }
    well(stage).await;
    give_again(stage, hosts).await;
    tokio::time::sleep(LONGEST_CALL).await;
    well(stage).await;
    while !retry_parked(stage, Life::new("the last retry", false)).await {
        tokio::time::sleep(pause).await;
    }
}

/// Waits until everything has arrived.
async fn well(stage: &Stage) {
    while !ailment(stage).is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What has not arrived yet; empty where all has.
fn ailment(stage: &Stage) -> String {
    match oracle::all_published(stage) {
        Err(position) => format!("{position} is not published"),
        Ok(()) => match oracle::all_projected(stage) {
            Err(position) => format!("{position} is not in the read model"),
            Ok(()) => match oracle::records::all_ended(stage) {
                Err(id) => format!("{id} was accepted, and comes to no end"),
                Ok(()) => String::new(),
            },
        },
    }
}
