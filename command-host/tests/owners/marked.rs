//! Lines that were passed on.

use serde_json::{Value, json};

use crate::stage::{Stage, appended_by, carries_out, create, fresh_id, post_in, shared_among};

/// The line as a host passes it on.
fn passed(line: &Value, until: u64) -> Value {
    let mut passed = line.clone();
    passed["passed"] = json!({ "id": line["id"], "until": until });
    passed["id"] = json!(17);
    passed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_was_passed_on_is_never_passed_on_again() {
    let stage = Stage::default();
    let (one, two) = (stage.host().await, stage.host().await);
    shared_among(&[&one, &two]).await;
    assert_eq!(carries_out(&one, &[&one, &two], 7).await, 1, "unmarked, it is passed on");
    let reply = one.call(&passed(&create(post_in(7)), u64::MAX)).await;
    assert_eq!((&reply["ok"], &reply["id"]), (&json!(true), &json!(17)), "{reply}");
    assert_eq!(appended_by(&[&one, &two], &reply).await, 0, "it was sent on: {reply}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_comes_after_its_sender_stopped_waiting_is_not_carried_out() {
    let stage = Stage::default();
    let one = stage.host().await;
    let line = create(post_in(0));
    let reply = one.call(&passed(&line, 0)).await;
    assert_eq!((&reply["error"]["code"], &reply["error"]["retry"]), (&json!("unavailable"), &json!(true)));
    assert_eq!(one.store.head(0).await.unwrap().number, 0);
    assert_eq!(one.call(&line).await["replayed"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_gives_nobody_another_role() {
    let stage = Stage::default();
    let one = stage.host().await;
    let post = post_in(0);
    one.call(&create(post)).await;
    let hide =
        json!({ "id": fresh_id(), "command": "HidePost", "actor": fresh_id(), "data": { "post": post } });
    let reply = one.call(&passed(&hide, u64::MAX)).await;
    assert_eq!(reply["error"]["code"], "forbidden", "{reply}");
}
