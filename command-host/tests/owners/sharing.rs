//! Hosts come and go, and the partitions are shared among those that are there.

use std::sync::Arc;

use serde_json::json;
use tidings_domain::UserId;
use tidings_eventstore::owners::MemoryLeases;
use tokio::time::Instant;
use uuid::Uuid;

use crate::stage::{
    Running, Setting, Stage, carries_out, create, edit, patient, post_in, shared_among, until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_carried_out_by_the_owner_of_its_partition_whichever_host_it_is_sent_to() {
    let stage = Stage::default();
    let (one, two) = (stage.host().await, stage.host().await);
    shared_among(&[&one, &two]).await;
    for entrance in [&one, &two] {
        assert_eq!(carries_out(entrance, &[&one, &two], 0).await, 0);
        assert_eq!(carries_out(entrance, &[&one, &two], 7).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reply_is_as_if_it_were_the_owners_own() {
    let stage = Stage::default();
    let (one, two) = (stage.host().await, stage.host().await);
    shared_among(&[&one, &two]).await;
    for partition in [0, 7] {
        let post = post_in(partition);
        let mut line = create(post);
        line["correlation"] = json!(Uuid::from_u128(5));
        let (first, again) = (one.call(&line).await, two.call(&line).await);
        assert_eq!((&first["id"], &first["replayed"]), (&line["id"], &json!(false)), "{first}");
        assert_eq!(first["correlation"], line["correlation"], "{first}");
        let mut replayed = first.clone();
        replayed["replayed"] = json!(true);
        assert_eq!(again, replayed);

        let mut nameless = edit(post, "without an id");
        nameless.as_object_mut().unwrap().remove("id");
        let reply = one.call(&nameless).await;
        let drawn: Uuid = serde_json::from_value(reply["id"].clone()).unwrap();
        assert!(one.store.find_command(drawn).await.unwrap().is_some(), "{reply}");

        let mut strange = edit(post, "by somebody else");
        strange["actor"] = json!(Uuid::from_u128(9));
        let (one, two) = (one.call(&strange).await, two.call(&strange).await);
        assert_eq!((&one["error"]["code"], &one["id"]), (&json!("forbidden"), &strange["id"]));
        assert_eq!(one, two);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_host_gets_its_share_and_gives_it_back_when_it_stops() {
    let stage = Stage::default();
    let (one, two) = (stage.host().await, stage.host().await);
    shared_among(&[&one, &two]).await;
    let three = stage.host().await;
    shared_among(&[&one, &two, &three]).await;
    let drained = three.stop().await;
    assert_eq!(drained.cut_off_requests, 0);
    assert_eq!(stage.leases.all().await.unwrap().len(), 2, "it leaves at once");
    shared_among(&[&one, &two]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_share_of_a_killed_host_goes_to_the_others_when_its_lease_is_over() {
    let stage = Stage::default();
    let (one, two) = (stage.host().await, stage.host().await);
    shared_among(&[&one, &two]).await;
    two.kill();
    let began = Instant::now();
    let reply = one.call(&create(post_in(7))).await;
    assert_eq!(reply["ok"], true, "{reply}");
    assert!(began.elapsed() < patient().answer, "it waited for a host that is gone");
    let three = stage.host().await;
    shared_among(&[&one, &three]).await;
}

/// Sends to `entrance` what belongs to `owner`, again and again; `owner` never gets it.
async fn never_passed(entrance: &Running, owner: &Running, partition: u16) {
    // The owner's own entrance shows that it has the partition.
    until(|| async { carries_out(owner, &[owner, entrance], partition).await == 0 }).await;
    // For long enough that two hosts that get along would have connected.
    let end = Instant::now() + 20 * patient().beat;
    while Instant::now() < end {
        assert_eq!(carries_out(entrance, &[owner, entrance], partition).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_passed_to_a_host_with_other_moderators() {
    let stage = Stage::default();
    let one = stage.host().await;
    let moderators = [UserId(Uuid::from_u128(3))].into();
    let two = stage.host_with(Setting { moderators, ..Setting::default() }).await;
    never_passed(&one, &two, 7).await;
}

#[tokio::test]
async fn whoever_greets_a_host_is_not_told_who_moderates() {
    let moderators = [UserId(Uuid::from_u128(0x00d_0bad_cafe))].into();
    let host = Stage::default().host_with(Setting { moderators, ..Setting::default() }).await;
    let hello = format!(r#"{{"id":0,"hello":"{}"}}"#, Uuid::from_u128(9));
    let greeted = host.client().await.call(&hello).await.unwrap();
    assert_eq!(greeted["ok"], true, "{greeted}");
    assert!(greeted["host"].is_string(), "{greeted}");
    assert!(!greeted.to_string().contains("0badcafe"), "{greeted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_passed_to_an_address_where_another_host_answers() {
    let stage = Stage::default();
    let one = stage.host().await;
    let address = Some(one.address.to_string());
    let two = stage.host_with(Setting { address, ..Setting::default() }).await;
    never_passed(&one, &two, 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_that_both_believe_to_own_everything_lose_and_double_nothing() {
    let stage = Stage::default();
    let one = stage.host().await;
    let apart = Stage { leases: Arc::new(MemoryLeases::default()), ..stage };
    let two = apart.host().await;
    let lines: Vec<_> = (0..2_000).map(|n| create(post_in(n % 8)).to_string()).collect();
    let mut ids = std::collections::BTreeSet::new();
    // Every line is sent to both, in two orders.
    let (mut to_one, mut to_two) = (one.client().await, two.client().await);
    for chunk in lines.chunks(100) {
        for (line, other) in chunk.iter().zip(chunk.iter().rev()) {
            to_one.send(line).await.unwrap();
            to_two.send(other).await.unwrap();
        }
        let mut fresh = 0;
        for client in [&mut to_one, &mut to_two] {
            for _ in chunk {
                let reply: serde_json::Value =
                    serde_json::from_str(&client.next_reply().await.unwrap().unwrap()).unwrap();
                assert_eq!(reply["ok"], true, "{reply}");
                fresh += usize::from(reply["replayed"] == false);
                ids.insert(reply["id"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(fresh, chunk.len(), "each was carried out by one of them");
    }
    assert_eq!(ids.len(), lines.len());
    let mut commits = 0;
    for partition in 0..8 {
        commits += one.store.head(partition).await.unwrap().number;
    }
    assert_eq!(commits, lines.len() as u64);
}
