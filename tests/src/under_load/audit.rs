//! What a system on real servers leaves behind, and that it is right.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::{Talk, Urls, audit_at, log_at, query, until};
use serde_json::{Value, json};
use tidings_eventstore::Commit;
use uuid::Uuid;

use super::journal::Journal;
use super::site::Site;
use super::topic;

/// What is in the log is what clients were told and nothing that nobody sent; waits until all that was accepted is in it too.
///
/// # Panics
/// When it is not so.
pub async fn audit_log(urls: &Urls, journal: &Journal) -> BTreeMap<Uuid, Arc<Commit>> {
    let mut commits = BTreeMap::new();
    until("all that was accepted is in the log", async || {
        commits = log_at(urls).await;
        journal.accepted.iter().all(|command| commits.contains_key(command)).then_some(())
    })
    .await;
    journal.ledger.assert_in(&commits);
    let invented: Vec<_> = commits.keys().filter(|command| !journal.sent.contains(command)).collect();
    assert!(invented.is_empty(), "nobody sent {invented:?}");
    commits
}

/// Audits a system on which no client writes any more, though its hosts run: the log is as it was written, without a
/// gap; each acknowledged command is in it once, where its reply says, and nothing that nobody sent; the topic has each
/// event, in order; the read model catches up by itself, its counters equal its rows, and it equals one rebuilt from the
/// log, row by row.
pub async fn audit(site: &Site, queries: SocketAddr, journal: &Journal) {
    let commits = audit_log(&site.direct(), journal).await;
    audit_at(&site.direct(), &journal.ledger).await;
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
