//! Whatever others put on the topic.

use std::sync::Arc;

use tidings_bus::conformance::record;
use tidings_bus::{Bus, Record, Subscriber, Tail};
use tidings_domain::Recorded;

use crate::bytes;
use crate::support::{Fresh, LIMIT, Raw};

async fn receive(subscriber: &mut dyn Subscriber, count: usize) -> Vec<Record> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(tokio::time::timeout(LIMIT, subscriber.next()).await.unwrap().unwrap());
    }
    all
}

/// Each header of a record gone, and each of rubbish; and what looks quite unlike a record.
fn strange(ours: &Raw) -> Vec<Raw> {
    let optional = ["ce_time", "ce_id", "content-type", "traceparent"];
    let mut strange = vec![
        Raw::default(),
        Raw { value: "not JSON \u{0}".into(), ..Raw::default() },
        Raw { headers: vec![("ce_position".into(), "0:2".into())], ..Raw::default() },
        Raw { key: "another".into(), ..ours.clone() },
        Raw { headers: (0..100).map(|n| (format!("h{n}"), "x".repeat(100))).collect(), ..ours.clone() },
        ours.clone().with("ce_source", Some("tidings:another")),
        ours.clone().with("ce_position", Some("1:2")),
        ours.clone().with("ce_position", Some("0:0")),
        ours.clone().with("ce_index", Some("1")),
        ours.clone().with("ce_count", Some("0")),
        ours.clone().with("ce_position", Some("0:99999999999999999999")),
    ];
    for (name, _) in ours.headers.iter().filter(|(name, _)| !optional.contains(&name.as_str())) {
        // What may be left out makes another record of ours of it: the log's hashes tell, not the bus.
        if !["ce_causation", "ce_occurredat"].contains(&name.as_str()) {
            strange.push(ours.clone().with(name, None));
        }
        if !["ce_type"].contains(&name.as_str()) {
            strange.push(ours.clone().with(name, Some("\u{0}rubbish")));
        }
    }
    strange
}

#[tokio::test]
async fn records_that_are_not_ours_are_passed_over() {
    let fresh = Fresh::new(2);
    let bus = fresh.bus();
    let mut subscriber = bus.subscribe("readers").await.unwrap();
    let mut whole = Recorded::clone(&record(0, 1, 0, 1));
    whole.occurred_at = Some(whole.recorded_at.plus_millis(-5));
    let whole: Record = Arc::new(whole);
    bus.publish(std::slice::from_ref(&whole)).await.unwrap();
    let ours = fresh.all(0).remove(0);
    let strange = strange(&ours);
    assert!(strange.len() > 30);
    for raw in &strange {
        fresh.put(0, raw);
    }
    bus.publish(&[record(0, 2, 0, 1)]).await.unwrap();
    assert_eq!(receive(&mut *subscriber, 2).await, [whole, record(0, 2, 0, 1)]);
    let told = subscriber.strange();
    assert_eq!(told.iter().map(|kind| kind.count).sum::<u64>(), strange.len() as u64, "{told:?}");
    let another = told.iter().find(|kind| kind.cause == "ce_source names another log").unwrap();
    assert_eq!((another.partition, another.count, another.first < another.last), (0, 2, true));
    assert_eq!(subscriber.strange(), [], "told once");
    assert_eq!(fresh.all(0).len(), strange.len() + 2);
}

#[tokio::test]
async fn the_tail_is_our_last_record_however_much_of_others_stands_behind_it() {
    let fresh = Fresh::new(1);
    let ours_last = record(0, 2, 0, 2);
    fresh.bus().publish(&[record(0, 1, 0, 1), ours_last.clone()]).await.unwrap();
    let ours = fresh.all(0).remove(0);
    for raw in strange(&ours).iter().cycle().take(150) {
        fresh.put(0, raw);
    }
    assert_eq!(fresh.bus().tail(0, None).await, Ok(Tail::Last { record: ours_last, place: 1 }));
}

/// rdkafka panics on such a name.
#[tokio::test]
async fn a_record_with_a_header_whose_name_is_no_text_is_passed_over() {
    let fresh = Fresh::new(1);
    let bus = fresh.bus();
    let mut subscriber = bus.subscribe("readers").await.unwrap();
    bus.publish(&[record(0, 1, 0, 1)]).await.unwrap();
    let next = fresh.all(0).remove(0).with("ce_position", Some("0:2"));
    bytes::put(&fresh, 0, &next, (b"text", b"\xff\xfe"));
    let as_ours = receive(&mut *subscriber, 2).await.remove(1);
    assert_eq!(as_ours.position.number, 2, "with a name that is text it is taken for one of ours");
    bytes::put(&fresh, 0, &next, (b"\xff\xfe", b"a value"));
    let tail = bus.tail(0, None).await;
    assert_eq!(tail, Ok(Tail::Last { record: as_ours, place: 1 }), "it is no tail");
    bus.publish(&[record(0, 3, 0, 1)]).await.unwrap();
    assert_eq!(receive(&mut *subscriber, 1).await, [record(0, 3, 0, 1)]);
}
