//! Commands that come again.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tidings_eventstore::conformance::Faults;
use tidings_ledger::State;

use crate::stage::{ANN, BOB, Stage, hopeless, id, post};

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_sent_again_is_the_first_one_though_it_would_now_be_done() {
    let stage = Stage::new();
    let (host, other) = (stage.host(), stage.host());
    let like = json!({ "id": id(1), "command": "Like", "actor": BOB, "data": { "target": format!("post-{}", id(2)) } });
    let refused = host.call(&like).await;
    assert_eq!(refused["error"]["reason"], "target_not_found");
    assert_eq!(refused["error"]["replayed"], json!(null));
    assert_eq!(host.call(&post(2, "x")).await["ok"], true);
    for host in [&host, &other, &stage.host()] {
        let mut again = host.call(&like).await;
        assert_eq!(again["error"]["replayed"].take(), true);
        again["error"].as_object_mut().unwrap().remove("replayed");
        assert_eq!(again, refused);
    }
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_change_that_is_sent_again_is_so_again() {
    let stage = Stage::new();
    let host = stage.host();
    let edit =
        json!({ "id": id(3), "command": "EditPost", "actor": ANN, "data": { "post": id(1), "text": "x" } });
    host.call(&post(1, "x")).await;
    let first = host.call(&edit).await;
    assert_eq!((&first["unchanged"], &first["replayed"]), (&json!(true), &json!(false)));
    let other = json!({ "command": "EditPost", "actor": ANN, "data": { "post": id(1), "text": "y" } });
    assert_eq!(host.call(&other).await["version"], 2);
    let again = host.call(&edit).await;
    assert_eq!((&again["unchanged"], &again["replayed"]), (&json!(true), &json!(true)));
    assert_eq!((&again["version"], &again["at"]), (&json!(1), &first["at"]));
    assert_eq!(stage.commits().await, 2);
}

#[tokio::test(start_paused = true)]
async fn one_id_with_another_content_is_a_conflict_whatever_became_of_the_first() {
    let stage = Stage::new();
    let host = stage.host();
    host.call(&post(1, "x")).await;
    host.call(&hopeless(2)).await;
    let mut of_another = post(1, "x");
    of_another["actor"] = json!(BOB);
    for line in [post(1, "y"), of_another, post(2, "x"), crate::stage::unwaited(post(2, "x"))] {
        let error = host.call(&line).await["error"].clone();
        assert_eq!((&error["code"], &error["reason"]), (&json!("conflict"), &json!("command_reused")));
        assert_eq!(error["retry"], false);
    }
    assert_eq!(stage.commits().await, 1);
}

#[tokio::test(start_paused = true)]
async fn many_at_once_are_one_and_all_get_its_outcome() {
    let stage = Stage::new();
    let host = stage.host();
    host.log.set(Faults { delay: Duration::from_millis(300), ..Faults::default() });
    let lines = [post(1, "x"), hopeless(2)];
    let calls = (0..20).map(|n| host.call(&lines[n % 2]));
    let mut firsts = [0, 0];
    for (n, reply) in join_all(calls).await.into_iter().enumerate() {
        let replayed = if n % 2 == 0 {
            assert_eq!(reply["version"], 1, "{reply}");
            reply["replayed"] == true
        } else {
            assert_eq!(reply["error"]["code"], "not_found", "{reply}");
            reply["error"]["replayed"] == true
        };
        firsts[n % 2] += usize::from(!replayed);
    }
    assert_eq!((firsts, stage.commits().await), ([1, 1], 1));
}

#[tokio::test(start_paused = true)]
async fn commands_on_one_stream_keep_the_order_in_which_they_came() {
    let stage = Stage::new();
    let host = stage.host();
    host.call(&post(1, "0")).await;
    let edits: Vec<_> = (1..=200)
        .map(|n| {
            json!({ "id": id(1_000 + n), "command": "EditPost", "actor": ANN,
                    "data": { "post": id(1), "text": n.to_string() } })
        })
        .collect();
    let replies = join_all(edits.iter().map(|edit| host.call(edit))).await;
    for (place, reply) in replies.iter().enumerate() {
        assert_eq!(reply["version"], place + 2, "{reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_appended_is_known_to_the_ledger_a_moment_later() {
    let stage = Stage::new();
    let host = stage.host();
    let at = host.call(&post(1, "x")).await["at"].clone();
    stage.until(id(1), |entry| entry.state == State::Succeeded).await;
    assert_eq!(json!(stage.entry(id(1)).await.position.unwrap().to_string()), at);
    host.call(&post(2, "x")).await;
    host.stop().await;
    assert_eq!(stage.entry(id(2)).await.state, State::Succeeded, "also at once where the host stops");
}

#[tokio::test(start_paused = true)]
async fn one_id_that_made_something_else_before_the_ledger_is_a_conflict_and_stays_one() {
    let stage = Stage::new();
    let before = stage.host_without();
    let partition = |reply: &serde_json::Value| reply["at"].as_str().unwrap()[..2].to_owned();
    let first = before.call(&post(1, "x")).await;
    let mut beside = 2;
    while partition(&before.call(&post(beside, "x")).await) != partition(&first) {
        beside += 1;
    }
    let host = (stage.host(), before.kill()).0;
    let edit = json!({ "id": id(1), "command": "EditPost", "actor": ANN,
                       "data": { "post": id(beside), "text": "y" } });
    for replayed in [json!(null), json!(true)] {
        let reply = host.call(&edit).await;
        assert_eq!(reply["error"]["reason"], "command_reused", "{reply}");
        assert_eq!(reply["error"]["replayed"], replayed);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_ledger_says_was_appended_is_not_told_where_the_log_does_not_have_it() {
    let newer = Stage::new();
    let host = newer.host();
    host.call(&post(1, "x")).await;
    host.stop().await;
    let stage = Stage { ledger: newer.ledger.clone(), ..Stage::new() };
    for line in [post(1, "x"), crate::stage::unwaited(post(1, "x"))] {
        let error = stage.host().call(&line).await["error"].clone();
        assert_eq!((&error["code"], &error["retry"]), (&json!("unavailable"), &json!(false)));
        assert_eq!(error["reason"], "not_in_the_log");
    }
}
