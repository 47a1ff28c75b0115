//! A broker that is gone for a moment, at any moment: what only a broker that does as it is told can show.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::mocking::MockCluster;
use tidings_bus::{Bus, KafkaBus, Tail};
use tokio::time::sleep;

use crate::contract::example;

/// Of one answer.
const ROUND_TRIP: Duration = Duration::from_millis(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_gone_for_a_moment_while_a_tail_is_read_costs_a_moment() {
    let brokers = MockCluster::new(1).unwrap();
    brokers.create_topic("shaken", 6, 1).unwrap();
    let bus = KafkaBus::new(&brokers.bootstrap_servers(), "shaken", 6);
    let record = Arc::new(example());
    bus.publish(std::slice::from_ref(&record)).await.unwrap();
    brokers.broker_round_trip_time(-1, ROUND_TRIP).unwrap();
    for moment in (20..500).step_by(40) {
        let gone_for_a_moment = async {
            sleep(Duration::from_millis(moment)).await;
            brokers.broker_down(-1).unwrap();
            sleep(ROUND_TRIP).await;
            brokers.broker_up(-1).unwrap();
        };
        let (tail, ()) = tokio::join!(bus.tail(5, None), gone_for_a_moment);
        let Ok(Tail::Last { record: last, .. }) = tail else { panic!("gone after {moment} ms: {tail:?}") };
        assert_eq!(last, record);
    }
}
