//! The topic is one for this log, or it is refused with what to do.

use rdkafka::admin::AdminOptions;
use tidings_bus::{Bus, BusError, KafkaBus, Tail};

use crate::support::{Fresh, LIMIT};

#[tokio::test]
async fn a_topic_is_made_with_the_partitions_of_the_log() {
    let fresh = Fresh::new(5);
    fresh.bus().check().await.unwrap();
    fresh.bus().check().await.expect("one that is there is taken as it is");
    for partition in 0..5 {
        assert_eq!(fresh.bus().tail(partition, None).await, Ok(Tail::Empty));
    }
}

#[tokio::test]
async fn ten_that_make_the_topic_at_once_get_along() {
    let fresh = Fresh::new(3);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let bus = fresh.bus();
        all.spawn(async move { bus.check().await.unwrap() });
    }
    all.join_all().await;
}

async fn refused(bus: &KafkaBus) -> String {
    match bus.check().await {
        Err(BusError::Unfit(why)) => why,
        other => panic!("refused for good, not {other:?}"),
    }
}

#[tokio::test]
async fn a_topic_with_another_number_of_partitions_is_refused_with_what_to_do() {
    let fresh = Fresh::new(8);
    fresh.create(3, &[]).await;
    let why = refused(&fresh.bus()).await;
    assert!(why.contains("has 3 partitions and the log 8") && why.contains("delete this one"), "{why}");
    assert!(fresh.bus().publish(&[tidings_bus::conformance::record(0, 1, 0, 1)]).await.is_err());
    assert!(fresh.all(0).is_empty(), "nothing is published there");
}

#[tokio::test]
async fn a_compacted_topic_is_refused() {
    let fresh = Fresh::new(1);
    fresh.create(1, &[("cleanup.policy", "compact,delete")]).await;
    let why = refused(&fresh.bus()).await;
    assert!(why.contains("cleanup.policy=delete"), "{why}");
}

#[tokio::test]
async fn a_topic_that_would_not_take_a_large_event_is_refused() {
    let fresh = Fresh::new(1);
    fresh.create(1, &[("max.message.bytes", "1048576")]).await;
    let why = refused(&fresh.bus()).await;
    assert!(why.contains("set it to 2097152"), "{why}");
}

#[tokio::test]
async fn brokers_that_do_not_answer_are_told_from_a_topic_that_does_not_fit_and_within_seconds() {
    let bus = KafkaBus::new("127.0.0.1:1", "nowhere", 1);
    let started = std::time::Instant::now();
    assert!(matches!(bus.check().await, Err(BusError::Unavailable(why)) if why.contains("127.0.0.1:1")));
    assert!(matches!(bus.tail(0, None).await, Err(BusError::Unavailable(_))));
    assert!(matches!(bus.subscribe("readers").await, Err(BusError::Unavailable(_))));
    let record = tidings_bus::conformance::record(0, 1, 0, 1);
    assert!(matches!(bus.publish(&[record]).await, Err(BusError::Unavailable(_))));
    assert!(started.elapsed().as_secs() < 25, "{:?}", started.elapsed());
}

/// What the relay is told where to go on must hold until it has gone on from there, however often it has to ask.
#[tokio::test]
async fn on_a_topic_that_was_made_anew_what_landed_too_early_is_not_the_tail() {
    let fresh = Fresh::new(1);
    let (bus, record) = (fresh.bus(), |number| tidings_bus::conformance::record(0, number, 0, 1));
    bus.publish(&[record(1), record(2)]).await.unwrap();
    fresh.admin().delete_topics(&[&fresh.topic], &AdminOptions::new()).await.unwrap();
    let landed = async {
        // Published before anybody knows that it is another topic.
        let made_anew = |why: &BusError| why.to_string().contains("was made anew");
        while !bus.publish(&[record(3)]).await.is_err_and(|why| made_anew(&why)) {}
    };
    tokio::time::timeout(LIMIT, landed).await.expect("the record lands on the topic made anew");
    assert_eq!(fresh.all(0).len(), 1);
    for _ in 0..2 {
        assert_eq!(bus.tail(0, None).await, Ok(Tail::Empty), "nothing that was published in order");
    }
    bus.publish(&[record(1), record(2), record(3)]).await.unwrap();
    assert_eq!(bus.tail(0, None).await, Ok(Tail::Last { record: record(3), place: 3 }));
}
