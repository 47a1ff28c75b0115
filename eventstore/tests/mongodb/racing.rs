//! Several hosts on one log: what they race for is decided by the keys alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use tidings_eventstore::{AppendError, EventStore};
use tidings_world::{System, World};

use crate::database::{Database, Server};
use crate::sample::{append_to, everything, start};

/// Appends to streams of its own, and to streams that the other host writes to as well. Gives the commands that were
/// acknowledged.
async fn client(store: EventStore, shared: u64, times: usize) -> Vec<uuid::Uuid> {
    let own = format!("thing-{}", System::new().id()).parse().unwrap();
    let shared = format!("thing-shared-{shared}").parse().unwrap();
    let (mut done, mut versions) = (Vec::new(), [0, 0]);
    for n in 0..times {
        let (stream, version) =
            if n % 3 == 0 { (&shared, &mut versions[0]) } else { (&own, &mut versions[1]) };
        let mut append = append_to(stream, *version);
        loop {
            match store.append(append.clone()).await {
                Ok(appended) => {
                    assert_eq!(appended.commit.command, append.command);
                    *version = appended.commit.last_version();
                    done.push(append.command);
                    break;
                }
                Err(AppendError::Conflict { actual, .. }) => {
                    *version = actual;
                    append.expected = actual;
                }
                // The same command again.
                Err(AppendError::Unavailable(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
    done
}

async fn race(server: Server, times: usize) {
    let database = Database::new(server);
    let log = database.log(4).await;
    let other = database.log(4).await;
    let stores = [start(log.clone()), start(other)];
    let clients: Vec<_> =
        (0..32).map(|n| tokio::spawn(client(stores[n % 2].clone(), n as u64 / 4, times))).collect();
    let mut acknowledged = BTreeSet::new();
    for client in clients {
        acknowledged.extend(client.await.unwrap());
    }
    assert_eq!(acknowledged.len(), 32 * times);
    let there: BTreeSet<_> = everything(&log).await.iter().map(|commit| commit.command).collect();
    assert_eq!(there, acknowledged, "lost, or doubled, or never asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_that_race_on_all_partitions_lose_and_double_nothing() {
    race(Server::MongoDb, 60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_that_race_on_ferretdb_lose_and_double_nothing() {
    race(Server::FerretDb, 12).await;
}

/// The answer to an insert is lost after its effect, and the insert is sent again: its own commit is in its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_meets_itself_is_done_and_not_replayed() {
    let database = Database::new(Server::MongoDb);
    let log = database.log(1).await;
    let store = EventStore::start(
        Arc::new(crate::twice::Twice::over(log.clone())),
        Arc::new(System::new()),
        Default::default(),
    );
    let appends: Vec<_> = (0..64)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.append(crate::sample::append()).await })
        })
        .collect();
    for append in appends {
        assert!(!append.await.unwrap().unwrap().replayed);
    }
    assert_eq!(everything(&log).await.len(), 64);
}
