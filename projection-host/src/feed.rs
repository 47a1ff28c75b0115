//! Follows the log: by the bus where it delivers, by the store where it does not.
//!
//! The bus makes it fast, positions make it right. What the bus repeats is dropped; a hole it leaves is read
//! from the store at once; its silence is held against the store every so often, so a bus that is down costs
//! latency and nothing else.

use std::collections::BTreeSet;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, Record};
use tidings_domain::Position;
use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{
    Done, Pipeline, Projector, ProjectorError, ReadModelError, Strange, check_history,
};
use tidings_world::{Handle, Outage};
use tokio::time::{Instant, timeout_at};

use crate::Inbox;
use crate::listener::{Heard, Listener};
use crate::proof::{Proof, StrangerError};

/// How a [`Feed`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How often the bus is held against the store: the most by which a bus that is down delays a read model.
    pub check: Duration,
    /// The most commits that it reads from a partition at a time.
    pub page: usize,
    /// How long it waits after a failure, at most; it grows to sixteen times that while it goes on failing.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { check: Duration::from_millis(250), page: 1_000, pause: Duration::from_millis(100) }
    }
}

/// Keeps one group of projections up to date.
pub struct Feed {
    store: EventStore,
    listener: Listener,
    pipeline: Pipeline,
    world: Handle,
    options: Options,
    outage: Outage,
    inboxes: Vec<Inbox>,
    proof: Proof,
    /// The bus is open to others, and what it brings is believed only when the log's hashes agree.
    holds_to_proof: bool,
    /// Partitions of other members that do not get on with them, until they do.
    adopted: BTreeSet<u16>,
    /// When the bus is next held against the store.
    next_check: Instant,
    /// When the read model is next asked where it stands.
    next_reload: Instant,
}

/// How often the read model is asked where it stands: it may have been switched to a generation that stands
/// earlier, and a quiet log would not show it.
const RELOAD: Duration = Duration::from_secs(1);

/// Why a round of the feed failed; the next may not.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    #[error(transparent)]
    Projector(#[from] ProjectorError),
    #[error(transparent)]
    Stranger(#[from] StrangerError),
}

impl Feed {
    /// Whether the read model can be of this log: it would else show what never happened, and leave out what did.
    /// [`run`](Self::run) looks again before it works in what follows, and works in none of a partition of which it is not.
    ///
    /// # Errors
    /// Where it is ahead of the log, or of another history than the log is, or the log does not answer.
    pub async fn check_origin(&self) -> Result<(), StrangerError> {
        let id_at =
            |position| async move { Ok(self.store.commit_at(position).await?.map(|commit| commit.id)) };
        match check_history(self.pipeline.checkpoint(), id_at).await {
            Ok(None) => Ok(()),
            Ok(Some(strayed)) => Err(strayed.into()),
            // Told when it is read on from there, with what is to be done; the other partitions go on.
            Err(ReadError::Damaged { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A feed from a store and a bus to a projector.
    pub fn new(
        store: EventStore,
        bus: Arc<dyn Bus>,
        projector: Projector,
        world: Handle,
        options: Options,
    ) -> Self {
        let now = Instant::now();
        let holds_to_proof = bus.is_open();
        let listener = Listener::new(bus, projector.group().name, world.clone(), options.pause);
        Self {
            store,
            listener,
            pipeline: Pipeline::new(projector),
            world,
            options,
            outage: Outage::new(options.pause),
            inboxes: Vec::new(),
            proof: Proof::default(),
            holds_to_proof,
            adopted: BTreeSet::new(),
            next_check: now,
            next_reload: now,
        }
    }

    /// Projects until the future is dropped. Whatever fails is tried again.
    pub async fn run(mut self) {
        loop {
            let Err(cause) = self.follow().await;
            let again = self.outage.failed(0, cause, &*self.world);
            if let Some(cause) = again.say {
                tracing::warn!(%cause, "nothing is projected; trying until it works again");
            }
            tokio::time::sleep(again.after).await;
        }
    }

    /// From the checkpoint on, until something fails. The bus may: it is listened to as long as it is there.
    async fn follow(&mut self) -> Result<std::convert::Infallible, FeedError> {
        self.pipeline.reload().await?;
        self.inboxes = self.pipeline.checkpoint().numbers.iter().copied().map(Inbox::after).collect();
        (self.next_check, self.next_reload) = (Instant::now(), Instant::now());
        loop {
            // However busy the bus is: what it leaves out is only found by looking.
            if Instant::now() >= self.next_check {
                self.check().await?;
                if self.pipeline.is_idle() {
                    self.works();
                }
            }
            tokio::select! { biased;
                done = self.pipeline.done() => self.settle(done).await?,
                heard = timeout_at(self.next_check, self.listener.next()) => match heard {
                    // What was published while nobody listened is in the store.
                    Ok(Heard::Joined) => self.next_check = Instant::now(),
                    Ok(Heard::Records(records)) => self.deliver(records).await?,
                    Err(_) => {}
                },
            }
            self.tell_worked();
        }
    }

    /// Holds the bus against the store, and what is known of the read model against the read model.
    async fn check(&mut self) -> Result<(), FeedError> {
        self.next_check = Instant::now() + self.options.check;
        let looks = Instant::now() >= self.next_reload;
        if looks {
            self.next_reload = Instant::now() + RELOAD;
        }
        if looks || !self.adopted.is_empty() {
            self.drain().await?;
            self.pipeline.reload().await?;
            self.rewind();
        }
        if looks {
            self.note_strange().await;
        }
        let mine = self.listener.partitions();
        let mut damaged = Ok(());
        for partition in 0..self.store.partitions() {
            let inbox = &mut self.inboxes[usize::from(partition)];
            let worked = self.pipeline.checkpoint().numbers[usize::from(partition)];
            let moved = worked > inbox.seen();
            inbox.skip_to(worked);
            let is_mine = mine.as_ref().is_none_or(|mine| mine.contains(&partition));
            // Another member's partition is left to it as long as it gets on with it.
            if is_mine || moved {
                self.adopted.remove(&partition);
            }
            if !is_mine && (moved || !looks && !self.adopted.contains(&partition)) {
                continue;
            }
            if self.refill_or_leave(partition, looks, &mut damaged).await? && !is_mine {
                self.adopted.insert(partition);
            }
        }
        self.drain_before(damaged).await
    }

    /// Has the read model keep what the bus brought and the log does not have. What cannot be kept is only counted too low.
    async fn note_strange(&mut self) {
        let strange = self.listener.strange();
        if strange.is_empty() {
            return;
        }
        for kind in &strange {
            let tidings_bus::Strange { partition, cause, count, first, .. } = kind;
            tracing::warn!(partition, first, count, %cause, "records on the bus are no events of the log");
        }
        let kept: Vec<Strange> = strange.into_iter().map(kept).collect();
        if let Err(cause) = self.pipeline.note_strange(&kept, self.world.now()).await {
            tracing::warn!(%cause, "strange records on the bus are not counted");
        }
    }

    /// Goes back to where the read model stands, in every partition in which it stands earlier.
    fn rewind(&mut self) {
        for (inbox, number) in self.inboxes.iter_mut().zip(&self.pipeline.checkpoint().numbers) {
            if inbox.seen() > *number {
                *inbox = Inbox::after(*number);
            }
        }
    }

    /// Takes what the bus brought, and reads from the store what it left out, or what is not true.
    async fn deliver(&mut self, records: Vec<Record>) -> Result<(), FeedError> {
        for record in records {
            if let Some(inbox) = self.inboxes.get_mut(usize::from(record.position.partition)) {
                inbox.put(record);
            }
        }
        let (mut batches, mut wanting) = (Vec::new(), Vec::new());
        for (partition, inbox) in (0u16..).zip(&mut self.inboxes) {
            let next = inbox.take();
            if inbox.has_hole() {
                wanting.push(partition);
            }
            if !next.is_empty() {
                batches.push((partition, next));
            }
        }
        let hold = if self.holds_to_proof {
            self.proof.all_hold(&self.store, self.pipeline.taken(), &batches).await?
        } else {
            vec![true; batches.len()]
        };
        let mut ready = Vec::new();
        for ((partition, next), holds) in batches.into_iter().zip(hold) {
            if holds {
                ready.extend(next);
                continue;
            }
            let before = next.first().map_or(0, |first| first.position.number - 1);
            tracing::debug!(partition, before, "what the bus brought is not what the log holds");
            self.inboxes[usize::from(partition)] = Inbox::after(before);
            wanting.push(partition);
        }
        wanting.sort_unstable();
        wanting.dedup();
        self.project(&ready).await?;
        let mut damaged = Ok(());
        for partition in wanting {
            self.refill_or_leave(partition, false, &mut damaged).await?;
        }
        self.drain_before(damaged).await
    }

    /// Has what was handed on stored before an error ends it.
    async fn drain_before(&mut self, ended: Result<(), FeedError>) -> Result<(), FeedError> {
        if ended.is_err() {
            self.drain().await?;
        }
        ended
    }

    /// Refills a partition. One that is damaged, or not what the read model was made from, is left, and kept in mind, so
    /// that the others go on meanwhile.
    async fn refill_or_leave(
        &mut self,
        partition: u16,
        looks: bool,
        damaged: &mut Result<(), FeedError>,
    ) -> Result<bool, FeedError> {
        match self.refill(partition, looks).await {
            Err(error) if leaves_others_alone(&error) => {
                if damaged.is_ok() {
                    *damaged = Err(error);
                }
                Ok(false)
            }
            found => found,
        }
    }

    /// Reads a partition from the store, to its end. Whether there was anything. `looks`: whether the log still has the
    /// last that was taken, which only shows by itself once something follows.
    async fn refill(&mut self, partition: u16, mut looks: bool) -> Result<bool, FeedError> {
        let mut found = false;
        loop {
            let seen = self.inboxes[usize::from(partition)].seen();
            let again = u64::from(take(&mut looks) && seen > 0);
            let mut slice = self.store.read_partition(partition, seen - again, self.options.page).await?;
            if again > 0 {
                let there = slice.commits.first().cloned();
                self.proof.is(self.pipeline.taken(), Position::new(partition, seen), there.as_deref())?;
                slice.commits.remove(0);
            }
            if let Some(first) = slice.commits.first() {
                self.proof.follows(&self.store, self.pipeline.taken(), first).await?;
            }
            let inbox = &mut self.inboxes[usize::from(partition)];
            if let Some(last) = slice.commits.last() {
                found = true;
                inbox.skip_to(last.position.number);
                self.proof.read(partition, last.position.number, last.hash);
                let records: Vec<Record> =
                    slice.commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect();
                self.project(&records).await?;
            }
            if slice.end {
                // What still waits was not in the log when it came: nobody published it who followed the log.
                let inbox = &mut self.inboxes[usize::from(partition)];
                *inbox = Inbox::after(inbox.seen());
                return Ok(found);
            }
        }
    }

    /// Hands contiguous commits on. They are stored while the next are read.
    async fn project(&mut self, records: &[Record]) -> Result<(), FeedError> {
        let taken = self.pipeline.put(records, self.world.now()).await;
        self.go_on(taken).await
    }

    /// Follows a step that has come to its end.
    async fn settle(&mut self, done: Done) -> Result<(), FeedError> {
        let settled = self.pipeline.settle(done, self.world.now()).await;
        self.go_on(settled).await?;
        self.works();
        Ok(())
    }

    fn works(&mut self) {
        if let Some(after) = self.outage.over(0) {
            tracing::warn!("projecting works again {after}");
        }
    }

    /// Waits until all that was handed on is stored.
    async fn drain(&mut self) -> Result<(), FeedError> {
        let drained = self.pipeline.drain(self.world.now()).await;
        self.go_on(drained).await
    }

    /// Where the read model stands elsewhere, it is gone on from there.
    async fn go_on(&mut self, done: Result<(), ProjectorError>) -> Result<(), FeedError> {
        match done {
            Ok(()) => {}
            // The read model went back, to an older generation, of which nothing of these may be known: what is
            // missing is read from the store next.
            Err(ProjectorError::Hole { .. }) => {
                self.pipeline.reload().await?;
                self.rewind();
                self.next_check = Instant::now();
            }
            Err(error) => return Err(error.into()),
        }
        for (inbox, number) in self.inboxes.iter_mut().zip(&self.pipeline.checkpoint().numbers) {
            inbox.skip_to(*number);
        }
        Ok(())
    }

    /// Tells the bus what is stored.
    fn tell_worked(&mut self) {
        let numbers = self.pipeline.checkpoint().numbers.iter().copied();
        let positions: Vec<Position> =
            (0u16..).zip(numbers).map(|(p, number)| Position::new(p, number)).collect();
        self.listener.worked(&positions);
    }
}

/// Whether an error is of one partition, whatever it is like with the others.
fn leaves_others_alone(error: &FeedError) -> bool {
    match error {
        FeedError::Read(read) | FeedError::Stranger(StrangerError::Read(read)) => {
            matches!(read, ReadError::Damaged { .. })
        }
        FeedError::Stranger(_) => true,
        FeedError::ReadModel(_) | FeedError::Projector(_) => false,
    }
}

fn kept(tidings_bus::Strange { partition, cause, first, last, count }: tidings_bus::Strange) -> Strange {
    Strange { partition, cause, first, last, count }
}
