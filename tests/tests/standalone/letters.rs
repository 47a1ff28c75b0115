use serde_json::json;
use tidings_domain::testing::sample;
use tidings_domain::{Encoded, post};
use tidings_eventstore::{Append, EventStore};
use tidings_tests::{Tidings, command, folder, query, run, until};
use tidings_wiring::StoreUrl;
use tidings_world::{Handle, System};
use uuid::Uuid;

/// Opens the log as its one writer, and appends an event of a newer program to a post.
async fn append_what_nobody_can_read(data: &std::path::Path) {
    let log = StoreUrl::Sqlite(data.into()).open(8).await.unwrap();
    let world: Handle = std::sync::Arc::new(System::new());
    let store = EventStore::start(log.log(), world.clone(), Default::default());
    let event = Encoded { name: "PostEdited".into(), schema: 99, data: "{}".into() };
    let append = Append {
        stream: post::stream(sample::post(1)),
        expected: 0,
        events: vec![event],
        command: world.id(),
        correlation: world.id(),
        causation: None,
        actor: Uuid::nil(),
        occurred_at: None,
    };
    store.append(append).await.unwrap();
    drop(store);
    log.close().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_shown_counted_and_stops_nobody_else() {
    let data = folder();
    append_what_nobody_can_read(data.path()).await;
    let tidings = Tidings::start(data.path()).await;
    let mut asker = tidings.asker().await;
    let parked = async |asker: &mut tidings_tests::Talk| {
        until("an event is parked", async || {
            let reply = asker.call(&query("Parked", json!({}))).await;
            reply["data"].as_array().filter(|list| !list.is_empty()).map(|list| list[0].clone())
        })
        .await
    };
    let first = parked(&mut asker).await;
    assert_eq!((&first["event"], &first["tries"]), (&json!("PostEdited"), &json!(1)), "{first}");
    assert!(first["error"].as_str().unwrap().contains("99"), "{first}");
    let figures = asker.ok(&query("DeadLetters", json!({}))).await;
    let none = json!({ "parked_events": 1, "strange_records": 0, "failed_commands": 0 });
    assert_eq!(figures["data"], none);

    // What is tried again in vain is counted, and the others' streams go on.
    let places =
        ["--store", "--views"].map(|flag| [flag.to_owned(), format!("sqlite:{}", data.path().display())]);
    let retried =
        run("replay", ["parked".to_owned(), "retry".to_owned()].into_iter().chain(places.concat())).await;
    assert_eq!(retried.code, Some(4), "{retried:?}");
    let second = parked(&mut asker).await;
    assert_eq!((&second["tries"], &second["parked_at"]), (&json!(2), &first["parked_at"]));
    assert_ne!(second["tried_at"], first["tried_at"]);
    let mut talk = tidings.commander().await;
    let user = Uuid::now_v7();
    let reply = talk.ok(&command("CreatePost", user, json!({ "text": "x" }))).await;
    let profile = tidings_tests::query_after("Profile", json!({ "user": user }), json!([reply["at"]]));
    assert_eq!(asker.ok(&profile).await["data"]["posts"], 1);
}
