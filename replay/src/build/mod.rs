//! From the log to a read model, in rounds.
//!
//! Each partition is read, decoded and merged by itself. A round takes the next lot of every partition: what happened
//! at about the same time meets in memory, where a post and its likes are one row, before it is stored. While a round
//! is stored the next is made, where there are workers for both.

mod lots;
mod rounds;

use std::sync::Arc;

use tidings_eventstore::EventStore;
use tidings_projections::{Advance, Group, Projector};
use tidings_world::Handle;
use tokio::sync::Semaphore;

use self::rounds::Rounds;
use crate::{Options, Progress, RebuildError};

/// What a build works with.
pub(crate) struct Builder<'a> {
    pub(crate) store: &'a EventStore,
    pub(crate) world: &'a Handle,
    pub(crate) group: Group,
    pub(crate) options: Options,
}

impl Builder<'_> {
    /// Works in what the log holds, from where the read model stands up to the numbers `to`, and tells how many events
    /// that were.
    pub(crate) async fn build(
        &self,
        projector: &mut Projector,
        to: &[u64],
        mut progress: impl FnMut(Progress),
    ) -> Result<u64, RebuildError> {
        let mut events = 0;
        let workers = Arc::new(Semaphore::new(self.options.workers.max(1)));
        // Anew after each step that could not be stored as it was planned.
        loop {
            let mut rounds = Rounds::start(self, projector, to, &workers);
            let mut next = rounds.next().await?;
            let refused = loop {
                let Some(round) = next else { return Ok(events) };
                let advances = round.step.advances.clone();
                let store = async {
                    let _worker = workers.acquire().await;
                    projector.store_planned(round.step).await
                };
                let (stored, following) = tokio::join!(store, rounds.next());
                if !stored? {
                    break advances;
                }
                events += round.events;
                for advance in advances {
                    let of = to.get(usize::from(advance.partition)).copied().unwrap_or(0);
                    let (partition, done) = (advance.partition, advance.to);
                    progress(Progress { work: "build", partition, done, of });
                }
                next = following?;
            };
            drop(rounds);
            events += self.bit_by_bit(projector, &refused).await?;
        }
    }

    /// Works in the events of a step that could not be stored as it was planned: what is not fit for the store is parked.
    async fn bit_by_bit(&self, projector: &mut Projector, advances: &[Advance]) -> Result<u64, RebuildError> {
        let mut events = 0;
        projector.reload().await?;
        for advance in advances {
            let numbers = &projector.checkpoint().numbers;
            let mut after = numbers.get(usize::from(advance.partition)).copied().unwrap_or(advance.to);
            while after < advance.to {
                let page =
                    lots::read(self.store, advance.partition, after, advance.to, self.options.page).await?;
                let Some(last) = page.last() else { break };
                after = last.position.number;
                let some: Vec<_> = page.iter().flat_map(|commit| commit.recorded()).map(Into::into).collect();
                events += some.len() as u64;
                projector.apply(&some, self.world.now()).await?;
            }
        }
        Ok(events)
    }
}
