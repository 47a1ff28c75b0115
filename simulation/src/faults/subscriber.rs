//! A subscriber to which records come not at all, twice, late, or after later ones.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use tidings_bus::{BusError, Record, Subscriber};
use tidings_domain::Position;

use crate::life::{Life, Server};
use crate::servers::Member;
use crate::stage::Stage;

pub(super) struct FaultySubscriber {
    stage: Arc<Stage>,
    life: Life,
    inner: Member,
    /// Held back, to come after later ones.
    held: Vec<Record>,
    /// To be handed out; kept here so that a dropped future loses none.
    ready: Vec<Record>,
}

impl FaultySubscriber {
    pub(super) fn new(stage: Arc<Stage>, life: Life, inner: Member) -> Self {
        Self { stage, life, inner, held: Vec::new(), ready: Vec::new() }
    }

    fn disturb(&mut self, records: Vec<Record>) {
        let freed = std::mem::take(&mut self.held);
        for record in records {
            if self.stage.fault("a record lost", |odds| odds.record_lost) {
                continue;
            }
            if self.stage.fault("a record held back", |odds| odds.record_held) {
                self.held.push(record);
                continue;
            }
            if self.stage.fault("a record repeated", |odds| odds.record_repeated) {
                self.ready.push(record.clone());
            }
            self.ready.push(record);
        }
        self.ready.extend(freed);
    }
}

#[async_trait]
impl Subscriber for FaultySubscriber {
    async fn next(&mut self) -> Result<Vec<Record>, BusError> {
        loop {
            self.life.cross(&self.stage, Server::Bus, "before a delivery").await;
            if self.ready.is_empty() {
                let records = self.inner.next().await?;
                self.disturb(records);
            }
            self.stage.delay().await;
            let gone = self.stage.outages.bus.load(Ordering::Relaxed);
            if gone || self.stage.fault("a delivery failed", |odds| odds.bus_error) {
                self.stage.note(format_args!("fault {}: a delivery failed", self.life.name()));
                return Err(BusError::Unavailable("a delivery failed".into()));
            }
            if !self.ready.is_empty() {
                return Ok(std::mem::take(&mut self.ready));
            }
        }
    }

    fn worked(&mut self, positions: &[Position]) {
        self.inner.worked(positions);
    }

    fn partitions(&self) -> Option<Vec<u16>> {
        self.inner.partitions()
    }
}
