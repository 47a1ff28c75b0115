use std::path::Path;

use serde_json::{Value, json};
use tidings_tests::{Disk, Fault, Ledger, Talk, Tidings, audit, command, query, query_after, until};
use uuid::Uuid;

struct Running {
    disk: Disk,
    tidings: Tidings,
    ledger: Ledger,
    talk: Talk,
}

impl Running {
    async fn start() -> Self {
        let disk = Disk::new();
        let tidings = Tidings::start_with(&disk.data(), |command| disk.on(command)).await;
        let talk = tidings.commander().await;
        let mut running = Self { disk, tidings, ledger: Ledger::default(), talk };
        for _ in 0..10 {
            running.post().await;
        }
        let seen = query_after("RecentPosts", json!({}), json!(running.ledger.positions()));
        running.tidings.asker().await.ok(&seen).await;
        running
    }

    async fn post(&mut self) -> Value {
        let reply = self.talk.ok(&line(Uuid::now_v7())).await;
        self.ledger.note(&reply);
        reply
    }

    /// Sends the same command until it is carried out.
    async fn carried_out(&mut self, command: &Value) {
        let talk = &mut self.talk;
        let reply = until("the command is carried out", async || {
            let reply = talk.call(command).await;
            (reply["ok"] == true).then_some(reply)
        });
        let reply = reply.await;
        self.ledger.note(&reply);
    }

    /// All that was acknowledged is there once, and no more; also after the next start.
    async fn all_is_well(mut self) {
        let data = self.disk.data();
        exact(&data, &self.ledger).await;
        self.tidings.process.kill();
        let again = Tidings::start(&data).await;
        exact(&data, &self.ledger).await;
        drop(again);
    }
}

async fn exact(data: &Path, ledger: &Ledger) {
    let (log, _) = audit(data, ledger).await;
    assert_eq!(log.len(), ledger.count(), "the log holds what was acknowledged, and no more");
}

fn line(id: Uuid) -> Value {
    let mut line = command("CreatePost", Uuid::nil(), json!({ "text": "a post" }));
    line["id"] = json!(id);
    line
}

#[tokio::test]
async fn while_the_disk_is_broken_callers_are_told_unavailable_and_later_all_goes_on() {
    for fault in [Fault::Full, Fault::ReadOnly, Fault::Sync] {
        let mut running = Running::start().await;
        running.disk.fails(fault);
        let lost = line(Uuid::now_v7());
        for _ in 0..2 {
            let error = running.talk.refusal(&lost).await;
            assert_eq!(
                [&error["code"], &error["retry"]],
                [&json!("unavailable"), &json!(true)],
                "{fault:?}: {error}"
            );
        }
        // What is there can still be read.
        let posts = running.tidings.asker().await.ok(&query("RecentPosts", json!({}))).await;
        assert_eq!(posts["data"].as_array().map(Vec::len), Some(10), "{fault:?}");
        running.talk.ping().await;
        running.disk.works();
        running.carried_out(&lost).await;
        for _ in 0..10 {
            running.post().await;
        }
        running.all_is_well().await;
    }
}

#[tokio::test]
async fn under_load_a_disk_that_fails_again_and_again_loses_nothing_that_was_acknowledged() {
    let mut running = Running::start().await;
    let mut pending: Vec<Value> = (0..600).map(|_| line(Uuid::now_v7())).collect();
    for fault in [Fault::Full, Fault::Sync, Fault::ReadOnly] {
        let client = running.tidings.commander().await.into_client();
        let (mut sender, mut receiver) = client.split();
        for line in &pending[..200] {
            sender.send(&line.to_string()).await.unwrap();
        }
        sender.flush().await.unwrap();
        let mut refused = 0;
        for answered in 0..200 {
            if answered == 20 {
                running.disk.fails(fault);
            }
            let reply: Value = serde_json::from_str(&receiver.next_reply().await.unwrap().unwrap()).unwrap();
            if reply["ok"] == true {
                running.ledger.note(&reply);
                pending.retain(|line| line["id"] != reply["id"]);
            } else {
                assert_eq!(reply["error"]["code"], "unavailable", "{reply}");
                refused += 1;
            }
        }
        running.disk.works();
        eprintln!("{fault:?}: {refused} of 200 refused");
    }
    for line in pending {
        running.carried_out(&line).await;
    }
    running.all_is_well().await;
}

#[tokio::test]
async fn without_room_for_the_read_models_commands_go_on_and_queries_say_not_yet() {
    let mut running = Running::start().await;
    running.disk.fails_at(Fault::Full, "views-");
    let reply = running.post().await;
    let mut asker = running.tidings.asker().await;
    let mut fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
    fresh["wait_ms"] = json!(200);
    let error = asker.refusal(&fresh).await;
    assert_eq!(error["code"], "not_yet", "{error}");
    running.disk.works();
    fresh["wait_ms"] = json!(20_000);
    let posts = asker.ok(&fresh).await;
    assert_eq!(posts["data"].as_array().map(Vec::len), Some(11));
    running.all_is_well().await;
}
