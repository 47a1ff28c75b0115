//! One partition, lot by lot: read, decoded, merged row by row.

use std::sync::Arc;

use tidings_domain::Timestamp;
use tidings_eventstore::{Commit, EventStore, ReadError};
use tidings_projections::{Group, Planner, Step};
use tokio::sync::{Semaphore, mpsc};

/// The next part of a partition.
pub(super) struct Lot {
    pub(super) step: Step,
    pub(super) events: u64,
}

/// Makes the lots of one partition.
pub(super) struct Lots {
    pub(super) store: EventStore,
    pub(super) group: Group,
    pub(super) partition: u16,
    /// The number after which it goes on …
    pub(super) after: u64,
    /// … and that at which it ends.
    pub(super) to: u64,
    /// The most commits of one read.
    pub(super) page: usize,
    /// About how many bytes a lot may take.
    pub(super) bytes: usize,
    /// How much may be done at a time.
    pub(super) workers: Arc<Semaphore>,
    pub(super) now: Timestamp,
}

/// What an event takes beside its data, in the rows that it changes; about.
const EVENT: usize = 1_500;

impl Lots {
    /// Gives lot after lot until the end of the partition, or until nobody wants them any more.
    pub(super) async fn run(mut self, planner: Planner, lots: mpsc::Sender<Result<Lot, ReadError>>) {
        let mut planner = Some(planner);
        while self.after < self.to {
            let lot = match planner.take() {
                Some(from) => self.lot(from).await,
                None => return,
            };
            let lot = lot.map(|(mut after, events)| {
                let step = after.step();
                // The next is about as large.
                after.expect(step.changes.rows());
                planner = Some(after);
                Lot { step, events }
            });
            let failed = lot.is_err();
            if lots.send(lot).await.is_err() || failed {
                return;
            }
        }
    }

    /// Takes commits in until the lot is full. The next page is read while the last is decoded.
    async fn lot(&mut self, mut planner: Planner) -> Result<(Planner, u64), ReadError> {
        let (mut events, mut bytes) = (0, 0);
        let mut page = self.read(self.after).await?;
        while let Some(last) = page.last() {
            self.after = last.position.number;
            events += page.iter().map(|commit| commit.events.len() as u64).sum::<u64>();
            let of_commit = |commit: &Arc<Commit>| 2 * commit.bytes() + EVENT * commit.events.len();
            bytes += page.iter().map(of_commit).sum::<usize>();
            let next = async {
                match bytes < self.bytes && self.after < self.to {
                    true => self.read(self.after).await,
                    false => Ok(Vec::new()),
                }
            };
            let (taken, next) = tokio::join!(self.take(planner, page), next);
            planner = taken?;
            page = next?;
        }
        Ok((planner, events))
    }

    async fn read(&self, after: u64) -> Result<Vec<Arc<Commit>>, ReadError> {
        let _permit = self.workers.acquire().await;
        read(&self.store, self.partition, after, self.to, self.page).await
    }

    /// Decodes and merges, where it keeps nobody waiting.
    async fn take(&self, mut planner: Planner, page: Vec<Arc<Commit>>) -> Result<Planner, ReadError> {
        let _permit = self.workers.acquire().await;
        let (group, now) = (self.group.clone(), self.now);
        let taken = tokio::task::spawn_blocking(move || {
            for event in page.iter().flat_map(|commit| commit.recorded()) {
                planner.take(&group, &event, now);
            }
            // Who waits for this processor comes before the next page.
            std::thread::yield_now();
            planner
        });
        taken.await.map_err(|e| ReadError::Unavailable(format!("a worker has ended: {e}")))
    }
}

/// The commits of a partition after a number, none beyond another.
pub(super) async fn read(
    store: &EventStore,
    partition: u16,
    after: u64,
    to: u64,
    page: usize,
) -> Result<Vec<Arc<Commit>>, ReadError> {
    let wanted = usize::try_from(to.saturating_sub(after)).unwrap_or(page).min(page);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let slice = store.read_partition(partition, after, wanted).await?;
    match slice.commits.is_empty() {
        // It was there when `to` was asked for.
        true => Err(ReadError::Damaged {
            place: format!("{partition}:{}", after + 1),
            cause: format!("the partition ends before {to}, where it ended a moment ago"),
        }),
        false => Ok(slice.commits),
    }
}
