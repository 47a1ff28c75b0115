//! Listens to the bus, and joins it again where it fails: a bus that is away is nothing that others wait for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, BusError, Record, Strange, Subscriber};
use tidings_domain::Position;
use tidings_world::{Handle, Outage};
use tokio::time::{Instant, sleep_until};

type Joining = Pin<Box<dyn Future<Output = Result<Box<dyn Subscriber>, BusError>> + Send>>;

enum State {
    Away,
    Joining(Joining),
    Listening(Box<dyn Subscriber>),
}

/// One group's ear on the bus.
pub(crate) struct Listener {
    bus: Arc<dyn Bus>,
    group: &'static str,
    world: Handle,
    state: State,
    outage: Outage,
    /// Nothing is asked of the bus before.
    rests_until: Instant,
}

/// What was heard.
pub(crate) enum Heard {
    /// From now on records come. What was published before may not.
    Joined,
    /// These came; perhaps twice, perhaps not all.
    Records(Vec<Record>),
}

impl Listener {
    pub(crate) fn new(bus: Arc<dyn Bus>, group: &'static str, world: Handle, pause: Duration) -> Self {
        let (outage, rests_until) = (Outage::new(pause), Instant::now());
        Self { bus, group, world, state: State::Away, outage, rests_until }
    }

    /// Waits for something to be heard, however long the bus is away. Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            sleep_until(self.rests_until).await;
            match &mut self.state {
                State::Away => {
                    let (bus, group) = (self.bus.clone(), self.group);
                    self.state = State::Joining(Box::pin(async move { bus.subscribe(group).await }));
                }
                State::Joining(joining) => match joining.await {
                    Ok(subscriber) => {
                        self.state = State::Listening(subscriber);
                        return Heard::Joined;
                    }
                    Err(cause) => {
                        self.state = State::Away;
                        self.failed(&cause);
                    }
                },
                State::Listening(subscriber) => match subscriber.next().await {
                    Ok(records) => {
                        self.works();
                        return Heard::Records(records);
                    }
                    Err(cause) => self.failed(&cause),
                },
            }
        }
    }

    fn failed(&mut self, cause: &BusError) {
        let again = self.outage.failed(0, cause, &*self.world);
        if let Some(cause) = again.say {
            tracing::warn!(%cause, "nothing is heard from the bus; read models follow the log until it works again");
        }
        self.rests_until = Instant::now() + again.after;
    }

    fn works(&mut self) {
        if let Some(after) = self.outage.over(0) {
            tracing::warn!("records come from the bus again {after}");
        }
    }

    /// The partitions that are this one's to look after; `None`: all.
    pub(crate) fn partitions(&self) -> Option<Vec<u16>> {
        match &self.state {
            State::Listening(subscriber) => subscriber.partitions(),
            State::Away | State::Joining(_) => None,
        }
    }

    /// What came and is no event of the log.
    pub(crate) fn strange(&mut self) -> Vec<Strange> {
        match &mut self.state {
            State::Listening(subscriber) => subscriber.strange(),
            State::Away | State::Joining(_) => Vec::new(),
        }
    }

    /// Tells how far all is worked in.
    pub(crate) fn worked(&mut self, positions: &[Position]) {
        if let State::Listening(subscriber) = &mut self.state {
            subscriber.worked(positions);
        }
    }
}
