//! Clients that go on sending while a server is away do not fill a host's memory.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tidings_tests::Kind;
use tidings_wire::Client;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use tidings_tests::under_load::Host;
use tidings_tests::under_load::Load;
use tidings_tests::under_load::Site;
use tidings_tests::under_load::Stack;

/// What a host may occupy.
const MOST_MIB: u64 = 300;
const CONNECTIONS: usize = 300;
/// On each connection, all sent before the first reply is read.
const LINES: usize = 200;

/// Sends large commands on many connections at once; how often each code was answered, and the slowest.
async fn flood(host: SocketAddr, load: &Load) -> (BTreeMap<String, usize>, Duration) {
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let ids: Vec<Uuid> = (0..LINES).map(|_| Uuid::now_v7()).collect();
        load.also_sent(&ids);
        clients.spawn(one(host, ids));
    }
    let (mut codes, mut slowest) = (BTreeMap::new(), Duration::ZERO);
    while let Some(done) = clients.join_next().await {
        let (answered, took) = done.unwrap();
        for code in answered {
            *codes.entry(code).or_default() += 1;
        }
        slowest = slowest.max(took);
    }
    (codes, slowest)
}

async fn one(host: SocketAddr, ids: Vec<Uuid>) -> (Vec<String>, Duration) {
    let (user, text) = (Uuid::now_v7(), "x".repeat(2_000));
    let (mut sender, mut receiver) = Client::connect(host).await.unwrap().split();
    let sending = tokio::spawn(async move {
        for id in ids {
            let line = json!({ "id": id, "command": "CreatePost", "actor": user, "data": { "text": text } });
            sender.send(&line.to_string()).await.unwrap();
        }
        sender.flush().await.unwrap();
        sender
    });
    let (mut codes, mut slowest, mut last) = (Vec::new(), Duration::ZERO, Instant::now());
    while codes.len() < LINES {
        let line = timeout(Duration::from_secs(30), receiver.next_reply()).await.expect("a reply comes");
        let reply: Value = serde_json::from_str(&line.unwrap().expect("the connection stays")).unwrap();
        let code = reply["error"]["code"].as_str().unwrap_or("ok").to_owned();
        if code != "ok" {
            assert_eq!(reply["error"]["retry"], true, "{reply}");
        }
        codes.push(code);
        (slowest, last) = (slowest.max(last.elapsed()), Instant::now());
    }
    drop(sending.await.unwrap());
    (codes, slowest)
}

/// For ever.
async fn stays_small(host: &Host) -> Infallible {
    loop {
        let now = host.resident_mib();
        assert!(now < MOST_MIB, "the host occupies {now} MiB");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_commands_while_mongodb_hangs_is_refused_and_memory_stays_bounded() {
    let (site, mongodb) = Site::with_own(Kind::MongoDb).await;
    let (stack, load) = Stack::start(site, 1, 1).await;
    // Its clients stand in the same queue as those who flood the host.
    load.forgives_silence(true);
    mongodb.pause();
    let host = &stack.commands[0];
    let (codes, slowest) = tokio::select! {
        answered = flood(host.address, &load) => answered,
        never = stays_small(host) => match never {},
    };
    eprintln!("{codes:?}, at most {slowest:?} between two replies, {} MiB", host.resident_mib());
    assert!(codes.keys().all(|code| ["unavailable", "overloaded"].contains(&code.as_str())), "{codes:?}");
    mongodb.resume();
    load.goes_on().await;
    load.forgives_silence(false);
    stack.end(load, 1).await;
}
