//! What is left behind by a system on real servers, and that it is right.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tidings_eventstore::{Commit, EventStore, MongoLog};
use tidings_projections::social;
use tidings_replay::{Options, PostgresShadows, rebuild};
use tidings_tests::{Tables, Talk, commits_of, query, until};
use tidings_world::{Handle, System};
use uuid::Uuid;

use crate::journal::Journal;
use crate::site::Site;
use crate::topic;

/// Audits a system on which no client writes any more, though its hosts run: the log is as it was written, without a
/// gap; each acknowledged command is in it once, where its reply says, and nothing that nobody sent; the topic has each
/// event, in order; the read model catches up by itself, its counters equal its rows, and it equals one rebuilt from the
/// log, row by row.
pub async fn audit(site: &Site, queries: SocketAddr, journal: &Journal) {
    let direct = site.direct();
    let log = MongoLog::open_read_only(&direct.store.parse().unwrap()).await.unwrap();
    let commits = commits_of(&log).await;
    journal.ledger.assert_in(&commits);
    let invented: Vec<_> = commits.keys().filter(|command| !journal.sent.contains(command)).collect();
    assert!(invented.is_empty(), "nobody sent {invented:?}");
    topic::assert_has(site.topic(), &by_partition(&commits)).await;

    let mut asker = Talk::to(queries).await;
    until("the read model is where the log is", async || {
        let checkpoints = asker.call(&query("Checkpoints", json!({}))).await;
        let lag = checkpoints["data"].as_array()?.iter().map(|place| place["lag"].as_u64().unwrap());
        (lag.sum::<u64>() == 0).then_some(())
    })
    .await;
    let counters = asker.ok(&query("CounterAudit", json!({}))).await;
    assert_eq!(counters["data"], Value::Array(Vec::new()), "every counter equals the rows that it counts");

    let live = Tables::of_postgres(&direct.views).await;
    let world: Handle = Arc::new(System::new());
    let store = EventStore::start(Arc::new(log), world.clone(), Default::default());
    let mut shadows = PostgresShadows::new(direct.views.parse().unwrap());
    let rebuilt = rebuild(&store, &mut shadows, social::group(), &world, Options::default(), |_| {}).await;
    assert_eq!(rebuilt.unwrap().parked, 0, "nothing is parked");
    let rebuilt = Tables::of_postgres(&direct.views).await;
    // Each generation counts its parked epochs from a beginning of its own.
    let same = |tables: Tables| tables.without("projection_groups");
    same(live).assert_same(&same(rebuilt), "live projection and a rebuild");
}

fn by_partition(commits: &BTreeMap<Uuid, Arc<Commit>>) -> BTreeMap<u16, Vec<&Commit>> {
    let mut partitions: BTreeMap<u16, Vec<&Commit>> = BTreeMap::new();
    for commit in commits.values() {
        partitions.entry(commit.position.partition).or_default().push(commit);
    }
    for commits in partitions.values_mut() {
        commits.sort_unstable_by_key(|commit| commit.position.number);
    }
    partitions
}
