use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_tests::{
    CommandHost, Kind, Ledger, ProjectionHost, Proxy, QueryHost, Server, Signal, Talk, Traffic, Urls,
    audit_at, folder, log_at, until,
};
use uuid::Uuid;

use crate::{post, promised, recording, until_state};

/// Below the 64 that a host is at, at a time.
const COMMANDS: usize = 40;

/// So many at least of them the first host is at when it dies or stops: about half are for partitions that it owns.
const FEW: usize = 5;

/// Two command hosts on one log and one ledger.
struct Pair {
    /// Reaches the log through the proxy.
    one: CommandHost,
    other: CommandHost,
    asker: Talk,
    proxy: Proxy,
    urls: Urls,
    data: TempDir,
    _rest: (Server, QueryHost, ProjectionHost),
}

/// What the ledger keeps of a command.
#[derive(Debug, PartialEq)]
struct Row {
    id: Uuid,
    state: String,
    fence: i64,
    host: Option<Uuid>,
    position: Option<String>,
    outcome: Option<String>,
    updated_at: i64,
}

impl Pair {
    async fn start() -> Self {
        let (server, proxy) = Server::start_behind_proxy(Kind::MongoDb).await;
        let data = folder();
        let store = |url: String| url.replace("/?", "/tidings?");
        let embedded = Urls::embedded(data.path());
        let urls = Urls { store: store(server.url()), ..embedded.clone() };
        let behind = Urls { store: store(Kind::MongoDb.url(proxy.address())), ..embedded };
        let start = |urls| {
            CommandHost::on(urls, |command| {
                recording(data.path())(command);
                command.args(["--ledger-lease", "4s"]);
            })
        };
        let (one, other) = (start(&behind).await, start(&urls).await);
        let projection = ProjectionHost::on(&urls, |_| {}).await;
        let queries = QueryHost::on(&urls, recording(data.path())).await;
        let asker = queries.talk().await;
        Self { one, other, asker, proxy, urls, data, _rest: (server, queries, projection) }
    }

    /// Has the first host promise commands while it does not reach the log. Those that it does not pass on it is at
    /// from now on, and gets no further.
    async fn promise(&self) -> Vec<Uuid> {
        self.proxy.set(Traffic::Frozen);
        let (mut sender, mut receiver) = self.one.talk().await.into_client().split();
        let ids: Vec<Uuid> = (0..COMMANDS).map(|_| Uuid::now_v7()).collect();
        for id in &ids {
            sender.send(&promised(post(*id, "x")).to_string()).await.unwrap();
        }
        sender.flush().await.unwrap();
        for _ in &ids {
            let reply: Value = serde_json::from_str(&receiver.next_reply().await.unwrap().unwrap()).unwrap();
            assert_eq!(reply["accepted"], true, "{reply}");
        }
        until("nothing is left to be claimed", async || {
            let rows = self.rows(&ids);
            let is_held = |row: &&Row| row.host.is_some();
            let claimed = rows.iter().all(|row| row.state != "RECEIVED");
            (claimed && rows.iter().filter(is_held).count() >= FEW).then_some(())
        })
        .await;
        ids
    }

    /// What the ledger keeps of these commands.
    fn rows(&self, ids: &[Uuid]) -> Vec<Row> {
        let ledger = Connection::open(self.data.path().join("ledger.sqlite")).unwrap();
        let columns = "id, state, fence, host, position, outcome, updated_at";
        let mut all = ledger.prepare(&format!("SELECT {columns} FROM commands ORDER BY number")).unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            let id = |bytes: [u8; 16]| Uuid::from_bytes(bytes);
            Ok(Row {
                id: id(row.get(0)?),
                state: row.get(1)?,
                fence: row.get(2)?,
                host: row.get::<_, Option<_>>(3)?.map(id),
                position: row.get(4)?,
                outcome: row.get(5)?,
                updated_at: row.get(6)?,
            })
        };
        all.query_map([], row).unwrap().map(Result::unwrap).filter(|row| ids.contains(&row.id)).collect()
    }

    /// What the first host is at and has not carried out, now that it does nothing any more. What it passed on to the other
    /// is in the log.
    async fn abandoned(&self, ids: &[Uuid]) -> Vec<Row> {
        let log = log_at(&self.urls).await;
        let rows = self.rows(ids).into_iter().filter(|row| row.host.is_some() && !log.contains_key(&row.id));
        let abandoned: Vec<Row> = rows.collect();
        let hosts: BTreeSet<Option<Uuid>> = abandoned.iter().map(|row| row.host).collect();
        assert_eq!(hosts.len(), 1, "the first host, alone, is at some: {abandoned:?}");
        abandoned
    }

    /// Each of these was taken once more.
    fn assert_taken_again(&self, before: &[Row], ids: &[Uuid]) {
        let now = self.rows(ids);
        for before in before {
            let row = now.iter().find(|row| row.id == before.id).unwrap();
            assert!(row.fence > before.fence, "{before:?} {row:?}");
        }
    }

    /// Waits until all are carried out; says where.
    async fn all_succeed(&mut self, ids: &[Uuid]) -> Ledger {
        let (mut talk, mut ledger) = (self.other.talk().await, Ledger::default());
        for id in ids {
            let status: Value = until_state(&mut self.asker, *id, "SUCCEEDED").await;
            assert_eq!((&status["promised"], &status["version"]), (&json!(true), &json!(1)), "{status}");
            assert!(status["at"].is_string(), "{status}");
            let again = talk.ok(&post(*id, "x")).await;
            assert_eq!((&again["replayed"], &again["at"]), (&json!(true), &status["at"]));
            ledger.note(&again);
        }
        until("the ledger knows all outcomes", async || {
            self.rows(ids).iter().all(|row| row.state == "SUCCEEDED").then_some(())
        })
        .await;
        ledger
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_was_at_when_it_was_killed_the_other_carries_out_once() {
    let mut pair = Pair::start().await;
    let ids = pair.promise().await;
    pair.one.process.kill();
    let abandoned = pair.abandoned(&ids).await;
    let ledger = pair.all_succeed(&ids).await;
    pair.assert_taken_again(&abandoned, &ids);
    // What the dead one had sent arrives at the log only now.
    let done = pair.rows(&ids);
    pair.proxy.set(Traffic::Passes);
    until("all has arrived", async || (pair.proxy.connections() == 0).then_some(())).await;
    let (log, _) = audit_at(&pair.urls, &ledger).await;
    assert_eq!(log.len(), COMMANDS, "each once");
    assert_eq!(pair.rows(&ids), done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_wakes_up_after_its_lease_changes_nothing_of_what_the_other_did() {
    let mut pair = Pair::start().await;
    let ids = pair.promise().await;
    pair.one.process.signal(Signal::STOP);
    let abandoned = pair.abandoned(&ids).await;
    let mut ledger = pair.all_succeed(&ids).await;
    let done = pair.rows(&ids);
    pair.assert_taken_again(&abandoned, &ids);

    pair.proxy.set(Traffic::Passes);
    pair.one.process.signal(Signal::CONT);
    // It goes on where it was, and then with these: so many that some are on each partition.
    let mut talk = pair.one.talk().await;
    for _ in 0..COMMANDS {
        let fresh = post(Uuid::now_v7(), "y");
        let reply = until("the one that woke up works again", async || {
            let reply = talk.call(&fresh).await;
            (reply["ok"] == true).then_some(reply)
        });
        ledger.note(&reply.await);
    }
    // What it still has to tell the ledger it tells at its end.
    pair.one.process.signal(Signal::TERM);
    assert!(pair.one.process.ended().await.success());
    assert_eq!(pair.rows(&ids), done);
    let (log, _) = audit_at(&pair.urls, &ledger).await;
    assert_eq!(log.len(), 2 * COMMANDS, "each once");
    let positions = done.into_iter().map(|row| (row.id, row.position));
    for (id, position) in positions {
        assert_eq!(Some(log[&id].position.to_string()), position, "{id} is where the ledger says");
    }
}
