use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::{Value, json};
use tidings_tests::{FullStack, command, query, run, until};
use uuid::Uuid;

/// Somebody else's records on the topic are counted by kind, shown, and cost nobody anything.
#[tokio::test]
async fn records_of_others_on_the_topic_are_told_to_who_asks() {
    let stack = FullStack::start(1).await;
    let (mut talk, mut asker) = (stack.commands[0].talk().await, stack.queries[0].talk().await);
    let user = Uuid::now_v7();
    // From here on the projection host hears what is published.
    until("the projection host listens", async || {
        let figures = asker.call(&query("DeadLetters", json!({}))).await;
        put(&stack.urls.bus, 1, "rubbish");
        (figures["data"]["strange_records"].as_u64() > Some(0)).then_some(())
    })
    .await;
    put(&stack.urls.bus, 3, "another log");
    let list = until("both kinds are shown", async || {
        let reply = asker.ok(&query("StrangeRecords", json!({}))).await;
        let list = reply["data"].as_array().unwrap().clone();
        (list.len() == 2).then_some(list)
    })
    .await;
    let another = list.iter().find(|kind| kind["cause"] == "ce_source names another log").unwrap();
    assert_eq!((&another["partition"], &another["count"]), (&json!(0), &json!(3)), "{another}");
    assert!(another["first"].as_u64() < another["last"].as_u64() && another["first_at"].is_string());
    // Somebody has seen one kind, and then the other.
    let views = ["strange", "--views", &stack.urls.views, "--json"];
    let strange = async |verb: &[&str]| run("replay", views.iter().chain(verb)).await;
    let cleared = strange(&["clear", "ce_source names another log"]).await;
    let cleared: Value = serde_json::from_str(cleared.stdout.trim()).unwrap();
    assert_eq!(cleared["cleared"]["count"], 3, "{cleared}");
    let listed = strange(&["list"]).await;
    assert!(listed.stdout.lines().count() == 1 && !listed.stdout.contains("another log"), "{listed:?}");
    assert_eq!(strange(&["clear", "--all"]).await.code, Some(0));
    let figures = asker.ok(&query("DeadLetters", json!({}))).await;
    assert_eq!(figures["data"]["strange_records"], 0, "{figures}");
    assert_eq!(asker.ok(&query("StrangeRecords", json!({}))).await["data"], json!([]));
    put(&stack.urls.bus, 2, "another log");
    until("those that come later are counted anew", async || {
        let figures = asker.ok(&query("DeadLetters", json!({}))).await;
        (figures["data"]["strange_records"] == 2).then_some(())
    })
    .await;
    let figures = asker.ok(&query("DeadLetters", json!({}))).await;
    assert_eq!(
        (&figures["data"]["parked_events"], &figures["data"]["failed_commands"]),
        (&json!(0), &json!(null))
    );
    let reply = talk.ok(&command("CreatePost", user, json!({ "text": "x" }))).await;
    let profile = tidings_tests::query_after("Profile", json!({ "user": user }), json!([reply["at"]]));
    assert_eq!(asker.ok(&profile).await["data"]["posts"], 1);
}

/// Puts so many records on partition 0.
fn put(bus: &str, count: usize, what: &str) {
    let (servers, topic) = bus.strip_prefix("kafka://").unwrap().split_once('/').unwrap();
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", servers).create().unwrap();
    let mut headers = OwnedHeaders::new();
    if what == "another log" {
        for (key, value) in [("ce_specversion", "1.0"), ("ce_source", "tidings:another")] {
            headers = headers.insert(Header { key, value: Some(value) });
        }
    }
    for _ in 0..count {
        let record = BaseRecord::to(topic).partition(0).key("k").payload(what).headers(headers.clone());
        producer.send(record).unwrap_or_else(|(cause, _)| panic!("{cause}"));
    }
    producer.flush(Duration::from_secs(30)).unwrap();
}
