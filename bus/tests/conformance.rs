//! Both buses keep the port's promises.

use std::sync::Arc;

use tidings_bus::{Bus, LocalBus, MemoryBus, conformance};

#[tokio::test]
async fn the_local_bus_keeps_the_promises() {
    conformance::run(|| async { Arc::new(LocalBus::default()) as Arc<dyn Bus> }).await;
}

#[tokio::test]
async fn the_memory_bus_keeps_the_promises() {
    conformance::run(|| async { Arc::new(MemoryBus::default()) as Arc<dyn Bus> }).await;
}

#[tokio::test]
async fn a_slow_subscriber_loses_the_oldest_records_rather_than_memory_growing() {
    let bus = LocalBus::new(64);
    let mut subscriber = bus.subscribe("slow").await.unwrap();
    let records: Vec<_> = (1..=1_000).map(|number| conformance::record(0, number, 0, 1)).collect();
    bus.publish(&records).await.unwrap();
    let mut received = Vec::new();
    while received.last() != Some(&1_000) {
        received.extend(subscriber.next().await.unwrap().iter().map(|r| r.position.number));
    }
    assert_eq!(received, (937..=1_000).collect::<Vec<u64>>());
}
