use serde_json::{Value, json};
use uuid::Uuid;

use crate::host::Host;

async fn made(host: &mut Host, actor: Uuid, name: &str, data: Value) -> String {
    host.give(actor, name, data).await["stream"].as_str().unwrap().to_owned()
}

fn id(stream: &str) -> &str {
    stream.split_once('-').unwrap().1
}

fn refused(code: &str, reason: &str) -> (String, String) {
    (code.into(), reason.into())
}

#[tokio::test]
async fn a_comment_on_a_missing_target_is_not_found() {
    let mut host = Host::start().await;
    for kind in ["post", "clip"] {
        let target = format!("{kind}-{}", Uuid::now_v7());
        let answer = host.refuses(host.ada, "AddComment", json!({ "target": target, "text": "x" })).await;
        assert_eq!(answer, refused("not_found", "target_not_found"));
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_comment_on_a_deleted_target_finds_it_gone() {
    let mut host = Host::start().await;
    let ada = host.ada;
    let post = made(&mut host, ada, "CreatePost", json!({ "text": "soon gone" })).await;
    let clip = made(&mut host, ada, "StageClip", json!({ "title": "soon gone" })).await;
    host.give(ada, "DeletePost", json!({ "post": id(&post) })).await;
    host.give(ada, "DeleteClip", json!({ "clip": id(&clip) })).await;
    for target in [post, clip] {
        for (name, data) in
            [("AddComment", json!({ "target": target, "text": "x" })), ("Like", json!({ "target": target }))]
        {
            assert_eq!(
                host.refuses(ada, name, data).await,
                refused("gone", "target_deleted"),
                "{name} {target}"
            );
        }
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn an_answer_to_a_comment_on_another_target_is_refused() {
    let mut host = Host::start().await;
    let ada = host.ada;
    let one = made(&mut host, ada, "CreatePost", json!({ "text": "one" })).await;
    let other = made(&mut host, ada, "CreatePost", json!({ "text": "other" })).await;
    let comment = made(&mut host, ada, "AddComment", json!({ "target": one, "text": "on one" })).await;
    let answer = |target: &str, parent: &str| json!({ "target": target, "parent": parent, "text": "x" });
    let elsewhere = host.refuses(ada, "AddComment", answer(&other, id(&comment))).await;
    assert_eq!(elsewhere, refused("rejected", "parent_elsewhere"));
    let missing = Uuid::now_v7().to_string();
    let nothing = host.refuses(ada, "AddComment", answer(&one, &missing)).await;
    assert_eq!(nothing, refused("not_found", "parent_not_found"));
    let on_comment = host.refuses(ada, "AddComment", json!({ "target": comment, "text": "x" })).await;
    assert_eq!(on_comment, refused("invalid", "target_is_comment"));
    host.give(ada, "AddComment", answer(&one, id(&comment))).await;
    host.give(ada, "RemoveComment", json!({ "comment": id(&comment) })).await;
    let removed = host.refuses(ada, "AddComment", answer(&one, id(&comment))).await;
    assert_eq!(removed, refused("gone", "parent_removed"));
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn what_belongs_to_another_is_forbidden() {
    let mut host = Host::start().await;
    let (ada, ben) = (host.ada, Uuid::now_v7());
    let post = made(&mut host, ada, "CreatePost", json!({ "text": "mine" })).await;
    let post = id(&post);
    for (name, data) in [
        ("EditPost", json!({ "post": post, "text": "yours" })),
        ("DeletePost", json!({ "post": post })),
        ("HidePost", json!({ "post": post })),
    ] {
        assert_eq!(host.refuses(ben, name, data).await.0, "forbidden", "{name}");
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_like_on_ones_own_post_is_allowed() {
    let mut host = Host::start().await;
    let ada = host.ada;
    let post = made(&mut host, ada, "CreatePost", json!({ "text": "mine" })).await;
    let liked = host.give(ada, "Like", json!({ "target": post })).await;
    assert_eq!(liked["stream"], json!(format!("like-{ada}-{post}")));
    let again = host.give(ada, "Like", json!({ "target": post })).await;
    assert_eq!([&again["unchanged"], &again["at"]], [&json!(true), &liked["at"]]);
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn nobody_follows_oneself() {
    let mut host = Host::start().await;
    let answer = host.refuses(host.ada, "Follow", json!({ "user": host.ada })).await;
    assert_eq!(answer, refused("invalid", "follows_oneself"));
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_command_id_that_another_command_has_used_is_a_conflict() {
    let mut host = Host::start().await;
    let (id, ada) = (Uuid::now_v7(), host.ada);
    let mut first = tidings_tests::command("Follow", ada, json!({ "user": Uuid::now_v7() }));
    first["id"] = json!(id);
    let mut talk = host.tidings.commander().await;
    let reply = talk.ok(&first).await;
    host.ledger.note(&reply);
    assert_eq!(talk.ok(&first).await["replayed"], true);
    let again = talk.ok(&first).await;
    assert_eq!([&again["replayed"], &again["at"]], [&json!(true), &reply["at"]]);
    let mut other = first.clone();
    other["command"] = json!("Unfollow");
    let error = talk.refusal(&other).await;
    assert_eq!([&error["code"], &error["reason"]], [&json!("conflict"), &json!("command_reused")]);
    assert_eq!(error["retry"], false);
    host.holds_only_what_was_acknowledged().await;
}
