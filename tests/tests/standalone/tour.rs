use serde_json::{Value, json};
use tidings_tests::{Ledger, Tidings, audit, command, folder, query_after};
use uuid::Uuid;

/// What a person does in the first minutes.
#[tokio::test]
async fn what_was_written_is_there_for_queries_that_name_it() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let (ada, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let mut tidings = Tidings::start(data.path()).await;
    let (mut commands, mut queries) = (tidings.commander().await, tidings.asker().await);
    let mut after = Vec::<Value>::new();
    let mut give = async |name: &str, actor: Uuid, data: Value| {
        let reply = commands.ok(&command(name, actor, data)).await;
        ledger.note(&reply);
        after.push(reply["at"].clone());
        (reply["stream"].as_str().unwrap().to_owned(), after.clone())
    };
    let (post, _) = give("CreatePost", ada, json!({ "text": "Hello, world" })).await;
    let (comment, _) = give("AddComment", ben, json!({ "target": post, "text": "Well said" })).await;
    give("Like", ben, json!({ "target": post })).await;
    give("Like", ada, json!({ "target": comment })).await;
    let (_, after) = give("Follow", ben, json!({ "user": ada })).await;

    let mut ask = async |name: &str, data: Value| {
        queries.ok(&query_after(name, data, json!(after))).await["data"].clone()
    };
    let id = post.strip_prefix("post-").unwrap();
    let shown = ask("PostById", json!({ "post": id })).await;
    assert_eq!(
        [&shown["text"], &shown["likes"], &shown["comments"]],
        [&json!("Hello, world"), &json!(1), &json!(1)]
    );
    let comments = ask("Comments", json!({ "target": post })).await;
    assert_eq!([&comments[0]["text"], &comments[0]["likes"]], [&json!("Well said"), &json!(1)]);
    let feed = ask("HomeFeed", json!({ "user": ben })).await;
    assert_eq!(feed.as_array().map(Vec::len), Some(1), "{feed}");
    let follows = ask("IsFollowing", json!({ "follower": ben, "followee": ada })).await;
    assert_eq!(follows["following"], true, "{follows}");
    let profile = ask("Profile", json!({ "user": ada })).await;
    assert_eq!([&profile["posts"], &profile["followers"]], [&json!(1), &json!(1)], "{profile}");
    audit(data.path(), &ledger).await;
    tidings.process.kill();
}
