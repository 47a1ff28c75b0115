use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tidings_tests::{
    FullStack, Ledger, Signal, audit_at, command, connect, goes_on, query_after, writes_are_seen,
};
use uuid::Uuid;

/// Command host → MongoDB → Kafka → projection host → PostgreSQL → query host.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_host_wrote_every_other_shows_to_who_names_its_position() {
    let mut stack = FullStack::start(2).await;
    let mut commanders = [stack.commands[0].talk().await, stack.commands[1].talk().await];
    let mut askers = [stack.queries[0].talk().await, stack.queries[1].talk().await];
    let ledger = writes_are_seen(&mut commanders, &mut askers).await;
    let (log, tables) = audit_at(&stack.urls, &ledger).await;
    assert_eq!((log.len(), tables.count("posts")), (50, 50));
    let commands = stack.commands.iter_mut().map(|host| &mut host.process);
    let projections = stack.projections.iter_mut().map(|host| &mut host.process);
    let queries = stack.queries.iter_mut().map(|host| &mut host.process);
    for process in commands.chain(projections).chain(queries) {
        process.signal(Signal::TERM);
        assert_eq!(process.ended().await.code(), Some(0), "{}", process.said());
    }
}

/// What a person does in the first minutes.
#[tokio::test]
async fn a_tour_through_all_kinds_of_things() {
    let stack = FullStack::start(1).await;
    let (ada, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let (mut commands, mut queries) = (stack.commands[0].talk().await, stack.queries[0].talk().await);
    let (mut ledger, mut after) = (Ledger::default(), Vec::new());
    let mut give = async |name: &str, actor: Uuid, data| {
        let reply = commands.ok(&command(name, actor, data)).await;
        ledger.note(&reply);
        after.push(reply["at"].clone());
        reply["stream"].as_str().unwrap().to_owned()
    };
    let post = give("CreatePost", ada, json!({ "text": "Hello, 世界 🌍" })).await;
    let comment = give("AddComment", ben, json!({ "target": post, "text": "Well said" })).await;
    give("Like", ben, json!({ "target": post })).await;
    give("Like", ada, json!({ "target": comment })).await;
    give("Follow", ben, json!({ "user": ada })).await;
    let clip = give("StageClip", ada, json!({ "title": "Sunrise" })).await;
    let id = clip.strip_prefix("clip-").unwrap();
    let published = json!({ "clip": id, "media_key": "k", "duration_s": 9, "renditions": ["720p"] });
    give("PublishClip", ada, published).await;
    let seen =
        json!({ "clip": id, "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:09Z" });
    give("RecordView", ben, seen).await;
    let mut ask =
        async |name: &str, data| queries.ok(&query_after(name, data, json!(after))).await["data"].clone();
    let shown = ask("PostById", json!({ "post": post.strip_prefix("post-").unwrap() })).await;
    assert_eq!(
        [&shown["text"], &shown["likes"], &shown["comments"]],
        [&json!("Hello, 世界 🌍"), &json!(1), &json!(1)]
    );
    let comments = ask("Comments", json!({ "target": post })).await;
    assert_eq!([&comments[0]["text"], &comments[0]["likes"]], [&json!("Well said"), &json!(1)]);
    assert_eq!(ask("HomeFeed", json!({ "user": ben })).await.as_array().map(Vec::len), Some(2));
    assert_eq!(ask("ClipById", json!({ "clip": id })).await["views"], 1);
    assert_eq!(ask("CounterAudit", json!({})).await, json!([]));
    audit_at(&stack.urls, &ledger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rebuilds_while_all_goes_on_show_in_no_answer() {
    let stack = FullStack::start(2).await;
    let stop = Arc::new(AtomicBool::new(false));
    let queries = stack.queries.iter().map(|host| host.queries).collect();
    let going_on = tokio::spawn(goes_on(stack.commands[0].commands, queries, stop.clone()));
    let urls = &stack.urls;
    for _ in 0..20 {
        let arguments = ["rebuild", "--json", "--full-speed", "--store", &urls.store, "--views", &urls.views];
        let output = tidings_tests::run("replay", arguments).await;
        assert_eq!(output.code, Some(0), "{output:?}");
        assert!(output.stdout.contains(r#""compared":{"at":["#), "it was proven equal first: {output:?}");
        assert!(!going_on.is_finished(), "others went on meanwhile");
    }
    stop.store(true, Ordering::Relaxed);
    let ledger = going_on.await.unwrap();
    let in_use = connect(&urls.views).await.query_one("SELECT generation FROM tidings.current", &[]).await;
    assert_eq!(in_use.unwrap().get::<_, i64>(0), 21, "twenty swaps");
    let (log, tables) = audit_at(urls, &ledger).await;
    assert_eq!((log.len(), tables.count("posts")), (ledger.count(), ledger.count()));
}
