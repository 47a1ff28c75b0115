//! What one host wrote, every other shows.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{Ledger, Talk, command, query, query_after};

/// Fifty posts of one author, sent to the command hosts by turns: each query host shows each as soon as it is asked for
/// it, and what became of a command.
///
/// # Panics
/// When one does not.
pub async fn writes_are_seen(commanders: &mut [Talk], askers: &mut [Talk]) -> Ledger {
    let (mut ledger, ada) = (Ledger::default(), Uuid::now_v7());
    for number in 1..=50 {
        let line = command("CreatePost", ada, json!({ "text": format!("post {number}") }));
        let turn = number % commanders.len();
        let reply = commanders[turn].ok(&line).await;
        ledger.note(&reply);
        let profile = query_after("Profile", json!({ "user": ada }), json!([reply["at"]]));
        for asker in &mut *askers {
            assert_eq!(asker.ok(&profile).await["data"]["posts"], number, "its own writes");
        }
    }
    let status = query("CommandStatus", json!({ "command": ledger.commands().next().unwrap() }));
    for asker in askers {
        assert_eq!(asker.ok(&status).await["data"]["events"], json!(["PostCreated"]));
    }
    ledger
}

/// Writes, and asks all the time, four clients at each of the query hosts, until it is told to stop: there is an answer
/// to every query, and it shows what was written before it was asked.
///
/// # Panics
/// When there is not, or it does not.
pub async fn goes_on(commands: SocketAddr, queries: Vec<SocketAddr>, stop: Arc<AtomicBool>) -> Ledger {
    let (mut commander, mut ledger, ada) = (Talk::to(commands).await, Ledger::default(), Uuid::now_v7());
    let (told, newest) = watch::channel((0_u64, Value::Null));
    let mut ends = BTreeMap::new();
    let mut askers = JoinSet::new();
    for address in queries.iter().flat_map(|address| [address; 4]) {
        askers.spawn(goes_on_asking(*address, ada, newest.clone()));
    }
    for number in 1.. {
        let line = command("CreatePost", ada, json!({ "text": format!("post {number}") }));
        let reply = commander.ok(&line).await;
        ledger.note(&reply);
        let partition = reply["at"].as_str().unwrap().split(':').next().unwrap().to_owned();
        ends.insert(partition, reply["at"].clone());
        told.send_replace((number, ends.values().cloned().collect()));
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    drop(told);
    askers.join_all().await;
    ledger
}

async fn goes_on_asking(address: SocketAddr, user: Uuid, mut newest: watch::Receiver<(u64, Value)>) {
    let mut asker = Talk::to(address).await;
    while newest.changed().await.is_ok() {
        let (number, ends) = newest.borrow_and_update().clone();
        let profile = query_after("Profile", json!({ "user": user }), ends);
        let shown = asker.ok(&profile).await["data"]["posts"].as_u64();
        assert!(shown >= Some(number), "an answer is older than asked for: {shown:?} after {number}");
        // One that asks for nothing has no error either.
        asker.ok(&query("RecentPosts", json!({}))).await;
    }
}
