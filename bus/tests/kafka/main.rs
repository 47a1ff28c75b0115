//! The bus on a real Kafka.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod bytes;
mod contract;
mod foreign;
mod group;
mod shaken;
mod support;
mod topic;

use std::sync::Arc;

use tidings_bus::{Bus, conformance};

use crate::support::Fresh;

#[tokio::test(flavor = "multi_thread")]
async fn kafka_keeps_the_promises() {
    conformance::run(|| async { Arc::new(Fresh::new(2).bus()) as Arc<dyn Bus> }).await;
}
