//! A bus that refuses, forgets to answer, takes in part and late; and its readers' side.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use tidings_bus::{Bus, BusError, Record, Subscriber, Tail};

use super::subscriber::FaultySubscriber;
use crate::Planted;
use crate::life::{Life, Server};
use crate::servers::Member;
use crate::stage::Stage;

/// The bus as one process sees it.
pub(crate) struct FaultyBus {
    stage: Arc<Stage>,
    life: Life,
}

impl FaultyBus {
    pub(crate) fn new(stage: Arc<Stage>, life: Life) -> Self {
        Self { stage, life }
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, BusError> {
        self.stage.note(format_args!("fault {}: {what}", self.life.name()));
        Err(BusError::Unavailable(what.into()))
    }

    async fn publish_or_fail(&self, records: &[Record]) -> Result<(), BusError> {
        let stage = &self.stage;
        if stage.outages.bus.load(Ordering::Relaxed) {
            return self.fail("the bus is gone");
        }
        if stage.fault("a publish refused", |odds| odds.publish_refused) {
            return self.fail("a publish refused");
        }
        if stage.fault("a publish done, not answered", |odds| odds.publish_done) {
            stage.publish(self.life.name(), records);
            return self.fail("a publish done, not answered");
        }
        if stage.fault("a publish in part", |odds| odds.publish_part) {
            // From the front: a bus that lost a record and took a later one would leave a relay a tail that lies.
            let place = usize::try_from(stage.chance.below(records.len() as u64 + 1)).unwrap_or(0);
            let (front, rest) = records.split_at(place);
            stage.publish(self.life.name(), front);
            if stage.chance.happens(500) {
                stage.count_fault("the rest of a publish late");
                let (stage, by, rest) = (stage.clone(), self.life.name().to_owned(), rest.to_vec());
                self.stage.later(async move { stage.publish(&format!("{by}, late"), &rest) });
            }
            return self.fail("a publish in part");
        }
        stage.publish(self.life.name(), records);
        Ok(())
    }
}

#[async_trait]
impl Bus for FaultyBus {
    async fn publish(&self, records: &[Record]) -> Result<(), BusError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Bus, "before a publish").await;
        let answer = self.publish_or_fail(records).await;
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Bus, "after a publish").await;
        answer
    }

    async fn tail(&self, partition: u16, before: Option<u64>) -> Result<Tail, BusError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Bus, "before the bus's tail").await;
        let gone = self.stage.outages.bus.load(Ordering::Relaxed);
        if gone || self.stage.fault("the bus's tail not told", |odds| odds.bus_error) {
            return self.fail("the bus's tail not told");
        }
        let tail = self.stage.broker.tail(&self.stage, partition, before);
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Bus, "after the bus's tail").await;
        Ok(match tail {
            Tail::Last { record, .. } if self.stage.planted(Planted::RelayForgets) => {
                Tail::Noted { number: record.position.number, index: record.index + 1 }
            }
            Tail::Last { record, .. } if self.stage.planted(Planted::TailBelieved) => {
                Tail::Noted { number: record.position.number, index: record.index }
            }
            tail => tail,
        })
    }

    fn is_open(&self) -> bool {
        !self.stage.planted(Planted::BusBelieved)
    }

    async fn subscribe(&self, _group: &str) -> Result<Box<dyn Subscriber>, BusError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Bus, "before a subscription").await;
        let member = Member::join(&self.stage);
        Ok(Box::new(FaultySubscriber::new(self.stage.clone(), self.life.clone(), member)))
    }
}
