//! Owners that are silent, die, or answer too late.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tidings_command_host::SharingOptions;
use tidings_eventstore::Log;
use tokio::time::Instant;

use crate::slow_log::Held;
use crate::stage::{
    Running, Setting, Stage, appended_by, carries_out, create, edit, fresh_id, patient, post_in,
    shared_among, until,
};

/// Two hosts; what the second inserts can be held back.
async fn two(options: SharingOptions) -> (Running, Running, tokio::sync::watch::Sender<bool>, Arc<dyn Log>) {
    let stage = Stage::default();
    let log = stage.log.clone();
    let one = stage.host_with(Setting { options, ..Setting::default() }).await;
    let (hold, held) = Held::held(log.clone());
    let stage = Stage { log: held, ..stage };
    let two = stage.host_with(Setting { options, ..Setting::default() }).await;
    shared_among(&[&one, &two]).await;
    (one, two, hold, log)
}

fn quick() -> SharingOptions {
    SharingOptions { answer: Duration::from_millis(700), ..patient() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_owner_does_not_answer_in_time_is_carried_out_once_where_it_was_sent() {
    let (one, two, hold, log) = two(quick()).await;
    hold.send_replace(true);
    let (post, before) = (post_in(7), log.head(7).await.unwrap().number);
    let began = Instant::now();
    let reply = one.call(&create(post)).await;
    assert_eq!((&reply["ok"], &reply["replayed"]), (&json!(true), &json!(false)), "{reply}");
    assert!(began.elapsed() >= Duration::from_millis(700));
    assert_eq!(appended_by(&[&one, &two], &reply).await, 0);
    // The owner's own try lands now, and finds the command's key taken.
    hold.send_replace(false);
    let edited = two.call(&edit(post, "after all")).await;
    assert_eq!((&edited["ok"], &edited["version"]), (&json!(true), &json!(2)), "{edited}");
    assert_eq!(log.head(7).await.unwrap().number, before + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_after_the_owner_did_not_answer_is_in_doubt() {
    let (one, two, hold, _) = two(quick()).await;
    let post = post_in(7);
    assert_eq!(two.call(&create(post)).await["ok"], true);
    let strange = json!({ "id": fresh_id(), "command": "EditPost", "actor": fresh_id(),
                          "data": { "post": post, "text": "by another" } });
    assert_eq!(two.call(&strange).await["error"]["code"], "forbidden");
    // The owner is busy with an edit that does not end, so that the next command waits for its turn there.
    hold.send_replace(true);
    let slow = edit(post, "slow");
    let (edited, refused) = tokio::join!(two.call(&slow), async {
        until(|| async { Held::is_waited_for(&hold) }).await;
        let refused = one.call(&strange).await;
        hold.send_replace(false);
        refused
    });
    assert_eq!(edited["ok"], true, "{edited}");
    assert_eq!(refused["error"]["code"], "unavailable", "{refused}");
    assert_eq!(refused["error"]["retry"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_is_killed_in_mid_pass_costs_no_waiting() {
    let (one, two, hold, log) = two(patient()).await;
    hold.send_replace(true);
    let before = log.head(7).await.unwrap().number;
    let lines: Vec<Value> = (0..100).map(|_| create(post_in(7))).collect();
    let mut client = one.client().await;
    for line in &lines {
        client.send(&line.to_string()).await.unwrap();
    }
    let began = Instant::now();
    let (sent, replies) = tokio::join!(
        async {
            until(|| async { Held::is_waited_for(&hold) }).await;
            two.kill();
        },
        async {
            let mut replies = Vec::new();
            for _ in &lines {
                replies.push(client.next_reply().await.unwrap().unwrap());
            }
            replies
        }
    );
    let () = sent;
    assert!(began.elapsed() < patient().answer, "it waited for a host that is gone");
    assert!(replies.iter().all(|reply| reply.contains(r#""ok":true"#)), "{replies:?}");
    assert_eq!(log.head(7).await.unwrap().number, before + 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_overloaded_and_later_all_is_well() {
    let options = SharingOptions { links: 1, in_flight: 2, queue: 3, ..patient() };
    let (one, two, hold, _) = two(options).await;
    hold.send_replace(true);
    let mut client = one.client().await;
    for _ in 0..10 {
        client.send(&create(post_in(7)).to_string()).await.unwrap();
    }
    for _ in 0..5 {
        let reply: Value = serde_json::from_str(&client.next_reply().await.unwrap().unwrap()).unwrap();
        assert_eq!((&reply["error"]["code"], &reply["error"]["retry"]), (&json!("overloaded"), &json!(true)));
    }
    hold.send_replace(false);
    for _ in 0..5 {
        let reply: Value = serde_json::from_str(&client.next_reply().await.unwrap().unwrap()).unwrap();
        assert_eq!(reply["ok"], true, "{reply}");
    }
    assert_eq!(carries_out(&one, &[&one, &two], 7).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_an_owner_whose_log_hangs_is_told_as_soon_as_who_waits_for_a_log() {
    // The owner may take 8 s.
    let (one, _two, hold, _) = two(patient()).await;
    hold.send_replace(true);
    let began = Instant::now();
    let refused = one.call(&create(post_in(7))).await;
    // 2 s are promised; the rest is for a busy machine.
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(refused["error"]["code"], "unavailable", "{refused}");
    hold.send_replace(false);
}
