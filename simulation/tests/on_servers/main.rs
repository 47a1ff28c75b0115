//! The same faults, with a real MongoDB, Kafka and PostgreSQL beneath them, and a ledger in a file: in every weather.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up fails; a run tells what it did

mod adapters;
#[path = "../support/mod.rs"]
mod support;

use adapters::adapters;
use support::{NO_STEP_BACK, same_history};
use tidings_simulation::{Plan, Summary, Weather};
use tokio::runtime::Runtime;

/// What would have to befall the topic itself.
const TOPIC_AS_IT_IS: &str = "odds.forgotten=0,odds.made_anew=0,odds.foreign=0";

/// The first two seeds of a weather that have few partitions, for each of them is asked for again and again.
fn seeds(weather: Weather) -> impl Iterator<Item = (u64, Plan)> {
    let plan = |seed| Plan::of(seed).with(NO_STEP_BACK)?.with(TOPIC_AS_IT_IS);
    let all = (1..).map(move |seed| (seed, plan(seed).unwrap()));
    all.filter(move |(_, plan)| plan.weather == weather && plan.partitions <= 3).take(2)
}

/// Byte for byte: whatever befalls the calls, the real servers answer what memory does, and hold it at the end.
fn same_history_as_in_memory(weather: Weather) {
    let (runtime, mut summary) = (Runtime::new().unwrap(), Summary::default());
    for (seed, plan) in seeds(weather) {
        let folder = tempfile::tempdir().unwrap();
        let adapters = runtime.block_on(adapters(&plan, folder.path()));
        summary.add(&same_history(seed, &plan, adapters));
    }
    println!("{weather:?}: {summary}");
}

#[test]
fn calm() {
    same_history_as_in_memory(Weather::Calm);
}

#[test]
fn doubtful() {
    same_history_as_in_memory(Weather::Doubtful);
}

#[test]
fn windy() {
    same_history_as_in_memory(Weather::Windy);
}

#[test]
fn deadly() {
    same_history_as_in_memory(Weather::Deadly);
}

#[test]
fn unsettled() {
    same_history_as_in_memory(Weather::Unsettled);
}

#[test]
fn stormy() {
    same_history_as_in_memory(Weather::Stormy);
}
