//! The lots of all partitions, put together.

use std::sync::Arc;

use tidings_eventstore::ReadError;
use tidings_projections::{Planner, Projector, Step};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;

use super::Builder;
use super::lots::{Lot, Lots};

/// What is stored at a time.
pub(super) struct Round {
    pub(super) step: Step,
    pub(super) events: u64,
}

/// Partitions that are read. When it is dropped they are no more.
pub(super) struct Rounds {
    partitions: Vec<Partition>,
    workers: Arc<Semaphore>,
}

struct Partition {
    lots: mpsc::Receiver<Result<Lot, ReadError>>,
    task: AbortHandle,
}

impl Drop for Partition {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How many lots of a partition are held at a time: one in making, one that waits, one in the next round, one that is
/// stored.
const HELD: usize = 4;

/// Of a hundred bytes, those that lots may take. The others are for pages that are read ahead, for what the store keeps in
/// memory, and for what the allocator does not give back at once.
const LOTS: usize = 75;

impl Rounds {
    /// Starts to read all partitions from where the read model stands.
    pub(super) fn start(
        builder: &Builder<'_>,
        projector: &Projector,
        to: &[u64],
        workers: &Arc<Semaphore>,
    ) -> Self {
        let checkpoint = projector.checkpoint();
        let partitions = (0u16..).zip(&checkpoint.numbers).zip(to).filter(|((_, after), to)| after < to);
        let partitions: Vec<_> =
            partitions.map(|((partition, after), to)| (partition, *after, *to)).collect();
        let bytes = builder.options.memory * LOTS / 100 / (HELD * partitions.len().max(1));
        let start = |(partition, after, to)| {
            let lots = Lots {
                store: builder.store.clone(),
                group: builder.group.clone(),
                partition,
                after,
                to,
                page: builder.options.page.max(1),
                bytes,
                workers: workers.clone(),
                now: builder.world.now(),
            };
            let (sender, receiver) = mpsc::channel(1);
            let planner = Planner::new(checkpoint, projector.parked());
            let task = tokio::spawn(lots.run(planner, sender)).abort_handle();
            Partition { lots: receiver, task }
        };
        Self { partitions: partitions.into_iter().map(start).collect(), workers: workers.clone() }
    }

    /// The next lot of every partition that has one, merged; `None` where all are at their end.
    pub(super) async fn next(&mut self) -> Result<Option<Round>, ReadError> {
        let mut lots = Vec::with_capacity(self.partitions.len());
        for mut partition in std::mem::take(&mut self.partitions) {
            if let Some(lot) = partition.lots.recv().await {
                lots.push(lot?);
                self.partitions.push(partition);
            }
        }
        let _permit = self.workers.acquire().await;
        let merged = tokio::task::spawn_blocking(move || {
            let rounds = lots.into_iter().map(|Lot { step, events }| Round { step, events });
            let mut round = rounds.reduce(|mut all, next| {
                all.step.then(next.step);
                all.events += next.events;
                all
            })?;
            // Here, so that who stores it has the less to do.
            round.step.changes.sort();
            Some(round)
        });
        merged.await.map_err(|e| ReadError::Unavailable(format!("a worker has ended: {e}")))
    }
}
