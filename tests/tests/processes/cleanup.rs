use serde_json::json;
use tidings_domain::testing::sample;
use tidings_domain::{Encoded, Event, StreamId, Target, comment, like, post};
use tidings_eventstore::{Append, EventStore};
use tidings_tests::{Ledger, Tidings, audit, command, folder, log_of, until};
use tidings_wiring::StoreUrl;
use tidings_world::{System, World};

use crate::{ANN, BEN, made, until_answered};

#[tokio::test]
async fn what_hangs_on_a_deleted_post_goes_with_it_and_nothing_new_is_taken() {
    let data = folder();
    let tidings = Tidings::start(data.path()).await;
    let (mut talk, mut asker) = (tidings.commander().await, tidings.asker().await);
    let post = made(&mut talk, "CreatePost", ANN, json!({ "text": "x" })).await;
    let other = made(&mut talk, "CreatePost", ANN, json!({ "text": "stays" })).await;
    let (target, beside) = (format!("post-{post}"), format!("post-{other}"));
    let first = made(&mut talk, "AddComment", BEN, json!({ "target": target, "text": "one" })).await;
    let answer = json!({ "target": target, "text": "two", "parent": first });
    made(&mut talk, "AddComment", ANN, answer).await;
    made(&mut talk, "AddComment", BEN, json!({ "target": beside, "text": "stays" })).await;
    for liked in [&target, &format!("comment-{first}"), &beside] {
        talk.ok(&command("Like", BEN, json!({ "target": liked }))).await;
    }
    until_answered(&mut asker, "Profile", json!({ "user": BEN }), json!({ "comments": 2, "likes_given": 3 }))
        .await;

    talk.ok(&command("DeletePost", ANN, json!({ "post": post }))).await;
    until_answered(&mut asker, "Comments", json!({ "target": target }), json!([])).await;
    until_answered(&mut asker, "Profile", json!({ "user": BEN }), json!({ "comments": 1, "likes_given": 1 }))
        .await;
    until_answered(&mut asker, "Profile", json!({ "user": ANN }), json!({ "comments": 0, "posts": 1 })).await;
    until_answered(&mut asker, "LikesOf", json!({ "target": target }), json!([])).await;
    for refused in [&target, &format!("comment-{first}")] {
        let error = talk.refusal(&command("Like", ANN, json!({ "target": refused }))).await;
        assert_eq!(error["code"], "gone", "{error}");
    }
    drop(tidings);
    audit(data.path(), &Ledger::default()).await;
}

#[tokio::test]
async fn what_was_decided_on_before_a_deletion_and_landed_after_it_goes_too() {
    let data = folder();
    let (ann, ben, target) = (sample::user(1), sample::user(2), Target::from(sample::post(1)));
    let log = StoreUrl::Sqlite(data.path().into()).open(8).await.unwrap();
    let world = std::sync::Arc::new(System::new());
    let store = EventStore::start(log.log(), world.clone(), Default::default());
    let append = async |stream: StreamId, version: u64, event: Encoded| {
        let append = Append {
            stream,
            expected: version,
            events: vec![event],
            command: world.id(),
            correlation: world.id(),
            causation: None,
            actor: ann.0,
            occurred_at: None,
        };
        store.append(append).await.unwrap();
    };
    let (of_post, id) = (target.stream(), sample::post(1));
    append(of_post.clone(), 0, sample::post_created(1, ann).encode()).await;
    append(of_post, 1, post::Event::PostDeleted { post: id, author: ann, by: ann }.encode()).await;
    append(like::stream(ben, target), 0, sample::liked(ben, target).encode()).await;
    let late = sample::comment_added(1, ben, target);
    append(comment::stream(sample::comment(1)), 0, late.encode()).await;
    drop(store);
    log.close().await;

    let tidings = Tidings::start(data.path()).await;
    until("both are taken back", async || {
        let log = log_of(data.path()).await;
        let mut names: Vec<_> = log.values().map(|commit| commit.events[0].name.to_string()).collect();
        names.sort();
        (names == ["CommentAdded", "CommentRemoved", "Liked", "PostCreated", "PostDeleted", "Unliked"])
            .then_some(())
    })
    .await;
    let mut asker = tidings.asker().await;
    let none = json!({ "comments": 0, "likes_given": 0 });
    until_answered(&mut asker, "Profile", json!({ "user": ben }), none).await;
    drop(tidings);
    audit(data.path(), &Ledger::default()).await;
}
