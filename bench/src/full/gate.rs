//! A bus that brings nothing before it is let: so a topic can be filled while its consumer is there already.

use async_trait::async_trait;
use tidings_bus::{Bus, BusError, KafkaBus, Record, Subscriber, Tail};
use tidings_domain::Position;
use tokio::sync::watch;

/// Kafka behind a gate.
pub(crate) struct Gated {
    bus: KafkaBus,
    /// Whether somebody waits for records.
    waited_for: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Gated {
    /// A closed gate.
    pub(crate) fn new(bus: KafkaBus) -> Self {
        Self { bus, waited_for: watch::Sender::new(false), open: watch::Sender::new(false) }
    }

    /// Waits until somebody waits for records.
    pub(crate) async fn waited_for(&self) {
        // The sender is here, so this does not fail.
        let _ = self.waited_for.subscribe().wait_for(|waited_for| *waited_for).await;
    }

    /// Lets records through from now on.
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}

#[async_trait]
impl Bus for Gated {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        self.bus.publish(records).await
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.bus.tail(partition, before).await
    }

    fn is_open(&self) -> bool {
        self.bus.is_open()
    }

    async fn subscribe(&self, group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        let subscriber = self.bus.subscribe(group).await?;
        Ok(Box::new(Behind { subscriber, waits: self.waited_for.clone(), open: self.open.subscribe() }))
    }
}

struct Behind {
    subscriber: Box<dyn Subscriber>,
    waits: watch::Sender<bool>,
    open: watch::Receiver<bool>,
}

#[async_trait]
impl Subscriber for Behind {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        self.waits.send_replace(true);
        // Fails only where the gate is gone, which its subscribers outlive by nothing worth a word.
        let _ = self.open.wait_for(|open| *open).await;
        self.subscriber.next().await
    }

    fn worked(&mut self, positions: &[Position]) {
        self.subscriber.worked(positions);
    }

    fn partitions(&self) -> Option<Vec<u16>> {
        self.subscriber.partitions()
    }
}
