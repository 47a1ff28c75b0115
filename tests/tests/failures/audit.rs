//! What a system on real servers leaves behind, and that it is right.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tidings_eventstore::Commit;
use tidings_tests::{Talk, audit_at, query, until};
use uuid::Uuid;

use crate::journal::Journal;
use crate::site::Site;
use crate::topic;

/// Audits a system on which no client writes any more, though its hosts run: the log is as it was written, without a
/// gap; each acknowledged command is in it once, where its reply says, and nothing that nobody sent; the topic has each
/// event, in order; the read model catches up by itself, its counters equal its rows, and it equals one rebuilt from the
/// log, row by row.
pub async fn audit(site: &Site, queries: SocketAddr, journal: &Journal) {
    let (commits, _) = audit_at(&site.direct(), &journal.ledger).await;
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
