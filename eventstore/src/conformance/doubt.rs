//! What is told of an append when the log fails under it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tidings_world::{Seeded, World};

use super::sample::{Bench, everything, stream};
use super::{Adapter, Faults, Faulty};
use crate::{Append, AppendError, EventStore, Options};

/// A store with little patience on a log that fails.
fn store(faulty: &Arc<Faulty>, bench: &Bench) -> EventStore {
    with_patience(Duration::from_millis(1_000), faulty, bench)
}

fn with_patience(patience: Duration, faulty: &Arc<Faulty>, bench: &Bench) -> EventStore {
    let options = Options { patience, ..Options::default() };
    EventStore::start(faulty.clone(), bench.world.clone(), options)
}

fn faulty(bench: &Bench, seed: u64, faults: Faults) -> Arc<Faulty> {
    Arc::new(Faulty::new(bench.log.clone(), Arc::new(Seeded::new(seed)), faults))
}

/// Proves that an insert in doubt that was stored is told as what it is: done, and not `replayed`.
pub async fn in_doubt_but_stored_is_ok(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let faulty = faulty(&bench, 1, Faults { stored: 1_000, ..Faults::default() });
    let store = with_patience(Duration::from_secs(60), &faulty, &bench);
    for n in 0..5 {
        let appended = store.append(bench.append(&stream("doubt"), n, 1)).await.unwrap();
        assert!(!appended.replayed);
        assert_eq!(appended.commit.first_version, n + 1);
    }
    assert_eq!(everything(&*bench.log).await.len(), 5);
}

/// Proves that an insert in doubt that was not stored is tried again; past the caller's patience the answer is
/// `Unavailable`, and the same command, sent again, is appended once.
pub async fn in_doubt_and_not_stored_is_tried_again(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let faulty = faulty(&bench, 2, Faults { lost: 1_000, ..Faults::default() });
    let store = store(&faulty, &bench);
    let append = bench.append(&stream("doubt"), 0, 1);
    let answer = store.append(append.clone()).await;
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    assert!(everything(&*bench.log).await.is_empty());
    faulty.set(Faults { lost: 500, ..Faults::default() });
    let patient = with_patience(Duration::from_secs(60), &faulty, &bench);
    assert!(!patient.append(append.clone()).await.unwrap().replayed);
    faulty.heal().await;
    assert!(patient.append(append).await.unwrap().replayed);
    assert_eq!(everything(&*bench.log).await.len(), 1);
}

/// Proves that an insert that lands after its caller was told `Unavailable`, and after others have appended, leaves
/// the log whole: the command is there at most once, and sent again it is there once.
pub async fn in_doubt_and_stored_late_is_there_once(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    for others_first in [false, true] {
        let thing = stream(format!("late-{others_first}"));
        let faulty = faulty(&bench, 3, Faults::default());
        let (store, healthy) = (store(&faulty, &bench), bench.store());
        // So that the number is known and no read is needed before the insert that fails.
        store.append(bench.append(&thing, 0, 1)).await.unwrap();
        faulty.set(Faults { late: 1_000, ..Faults::default() });
        let append = bench.append(&thing, 1, 2);
        let answer = store.append(append.clone()).await;
        let landed_meanwhile = answer.is_ok();
        if others_first {
            let actual = bench.log.version(&thing).await.unwrap();
            healthy.append(bench.append(&thing, actual, 1)).await.unwrap();
        }
        faulty.heal().await;
        let again = store.append(append.clone()).await;
        if others_first && !landed_meanwhile && again.is_err() {
            let conflict = AppendError::Conflict { stream: thing.clone(), expected: 1, actual: 2 };
            assert_eq!(again, Err(conflict));
        } else {
            assert!(again.unwrap().replayed);
        }
        let times = everything(&*bench.log).await.iter().filter(|c| c.command == append.command).count();
        assert!(times <= 1);
    }
}

/// Proves, with every kind of fault at once and several processes, from several seeds: an append answered `ok` is
/// there once, with the events asked for; one answered with a conflict is not there; one answered `Unavailable` is
/// there once or not at all; and nothing is there that nobody asked for.
pub async fn an_acknowledged_append_is_there_once_whatever_fails(adapter: &dyn Adapter) {
    let bench = Arc::new(Bench::new(adapter).await);
    let faults =
        Faults { refused: 30, lost: 80, stored: 80, part: 80, late: 80, unreadable: 50, ..Faults::default() };
    let (mut asked, mut stored, mut absent) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    for seed in 0..3 {
        let faulty = faulty(&bench, seed, faults);
        let stores = [store(&faulty, &bench), store(&faulty, &bench)];
        let tasks: Vec<_> = (0..16)
            .map(|client: u64| {
                let (bench, store) = (bench.clone(), stores[client as usize % 2].clone());
                tokio::spawn(async move { client_of(client, seed, &bench, &store).await })
            })
            .collect();
        for task in tasks {
            for (append, answer) in task.await.unwrap() {
                match answer {
                    Some(true) => drop(stored.insert(append.command, append.clone())),
                    Some(false) => drop(absent.insert(append.command)),
                    None => {}
                }
                asked.insert(append.command, append);
            }
        }
        faulty.heal().await;
    }
    let mut there = BTreeSet::new();
    for commit in everything(&*bench.log).await {
        assert!(there.insert(commit.command), "{} is there twice", commit.command);
        let append = asked.get(&commit.command).unwrap();
        assert_eq!((&commit.stream, &commit.events), (&append.stream, &append.events));
        assert_eq!(commit.first_version, append.expected + 1);
        assert!(
            !absent.contains(&commit.command),
            "a conflict was answered, but {} is there",
            commit.position
        );
    }
    for command in stored.keys() {
        assert!(there.contains(command), "{command} was acknowledged, but is not there");
    }
    assert!(stored.len() > 100, "only {} of {} were acknowledged", stored.len(), asked.len());
}

/// Appends to three streams that it shares with another client; now and then it sends a command again. Tells for
/// each append whether it was stored, where it was told.
async fn client_of(client: u64, seed: u64, bench: &Bench, store: &EventStore) -> Vec<(Append, Option<bool>)> {
    let mut told = Vec::new();
    let mut versions = [0u64; 3];
    for _ in 0..12 {
        let place = (bench.world.random() % 3) as usize;
        let thing = stream(format!("{seed}-{}-{place}", client / 2));
        let events = 1 + (bench.world.random() % 3) as usize;
        let append = bench.append(&thing, versions[place], events);
        let mut answer = None;
        for _ in 0..4 {
            match store.append(append.clone()).await {
                Ok(appended) => {
                    versions[place] = appended.commit.last_version();
                    answer = Some(true);
                    break;
                }
                Err(AppendError::Conflict { actual, .. }) => {
                    versions[place] = actual;
                    answer = Some(false);
                    break;
                }
                Err(AppendError::Unavailable(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        told.push((append, answer));
    }
    told
}
