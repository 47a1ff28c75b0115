//! Runs one process: reads on, asks, gives commands, and only then moves on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tidings_domain::process::{Answer, ProcessManager, Question};
use tidings_domain::{Position, Recorded, SocialCommand, StreamId, Timestamp};
use tidings_eventstore::{Commit, EventStore, ReadError};
use tidings_ledger::{LedgerError, Progress};
use tidings_world::{Handle, Outage};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout};

use crate::knowledge::Heads;
use crate::{Hands, Knowledge, KnowledgeError, Order};

/// A process of the social domain.
pub type SocialProcess = dyn ProcessManager<Command = SocialCommand, Question = Question, Answer = Answer>;

/// How a [`Runner`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How often to look at the log for what other processes have appended.
    pub look: Duration,
    /// The most commits that it reads from a partition at a time.
    pub page: usize,
    /// The most events that it is at, at a time.
    pub at_once: usize,
    /// How long it waits after a failure, at most; it grows to sixteen times that while it goes on failing.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { look: Duration::from_millis(250), page: 500, at_once: 16, pause: Duration::from_millis(250) }
    }
}

/// Runs one process on one log.
pub struct Runner {
    process: Box<SocialProcess>,
    store: EventStore,
    progress: Arc<dyn Progress>,
    knowledge: Arc<Knowledge>,
    hands: Arc<dyn Hands>,
    world: Handle,
    options: Options,
    /// Where it stands in each partition.
    places: Vec<Place>,
    outage: Outage,
}

/// Where a process stands in a partition.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The last commit that it is done with.
    number: u64,
    /// From when on the next is due.
    due: Timestamp,
    /// Nothing is tried before, since it failed.
    rests_until: Instant,
    /// It failed the last time.
    failing: bool,
}

/// What a look at a partition found.
enum Page {
    /// Nothing is due.
    Nothing,
    /// All up to here is done.
    Done {
        to: u64,
        /// Perhaps more is due.
        more: bool,
    },
}

/// Why a round failed; the next may not.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the ledger: {0}")]
    Ledger(#[from] LedgerError),
    #[error("{event} of {stream} at {position}: {cause}")]
    Away { event: String, stream: StreamId, position: Position, cause: String },
}

impl RunError {
    fn away(event: &Recorded, cause: impl Into<String>) -> Self {
        let Recorded { position, stream, event, .. } = event;
        Self::Away {
            event: event.name.to_string(),
            stream: stream.clone(),
            position: *position,
            cause: cause.into(),
        }
    }
}

/// What a reply says, as far as a process cares.
#[derive(Deserialize)]
struct Reply {
    error: Option<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    code: String,
    message: String,
    retry: bool,
}

impl Runner {
    /// For this process; where it stands is read when it runs.
    pub fn new(
        process: Box<SocialProcess>,
        store: EventStore,
        progress: Arc<dyn Progress>,
        knowledge: Arc<Knowledge>,
        hands: Arc<dyn Hands>,
        world: Handle,
        options: Options,
    ) -> Self {
        let outage = Outage::new(options.pause);
        Self { process, store, progress, knowledge, hands, world, options, places: Vec::new(), outage }
    }

    /// Runs until the future is dropped. Whatever fails is tried again; a partition that fails holds up no other.
    pub async fn run(mut self) {
        let mut appended = self.store.appended();
        while let Err(cause) = self.begin().await {
            let after = self.failed(0, &cause);
            sleep(after).await;
        }
        loop {
            appended.mark_unchanged();
            if self.round().await {
                continue;
            }
            match self.process.delay().is_zero() {
                true => drop(timeout(self.options.look, appended.changed()).await),
                // What was appended now is due much later.
                false => sleep(self.options.look).await,
            }
        }
    }

    /// Reads where it stands.
    async fn begin(&mut self) -> Result<(), RunError> {
        let now = Instant::now();
        let place = Place { number: 0, due: Timestamp::default(), rests_until: now, failing: false };
        let mut places = vec![place; usize::from(self.store.partitions())];
        for done in self.progress.progress(self.process.name()).await? {
            let head = self.store.head(done.partition).await?.number;
            match places.get_mut(usize::from(done.partition)) {
                Some(place) if done.number <= head => place.number = done.number,
                _ => {
                    let process = self.process.name();
                    tracing::warn!(process, %done, head, "the log ends before: the process begins with it anew");
                }
            }
        }
        self.places = places;
        Ok(())
    }

    fn failed(&mut self, part: u16, cause: &RunError) -> Duration {
        let again = self.outage.failed(part, cause, &*self.world);
        if let Some(cause) = again.say {
            let process = self.process.name();
            tracing::warn!(process, %cause, "the process waits; trying until it works again");
        }
        again.after
    }

    /// A page of each partition; whether there may be more.
    async fn round(&mut self) -> bool {
        let mut any = false;
        for partition in 0..self.store.partitions() {
            let at = usize::from(partition);
            if Instant::now() < self.places[at].rests_until {
                continue;
            }
            match self.page(partition).await {
                Ok(Page::Nothing) => {}
                Ok(Page::Done { to, more }) => {
                    any |= more;
                    (self.places[at].number, self.places[at].failing) = (to, false);
                    if let Some(after) = self.outage.over(partition) {
                        tracing::warn!(process = self.process.name(), "the process works again {after}");
                    }
                }
                Err(cause) => {
                    let after = self.failed(partition, &cause);
                    (self.places[at].rests_until, self.places[at].failing) = (Instant::now() + after, true);
                }
            }
        }
        any
    }

    /// Does what a page of a partition asks for.
    async fn page(&mut self, partition: u16) -> Result<Page, RunError> {
        let (now, delay) = (self.world.now(), self.process.delay());
        let Place { number, due, failing, .. } = self.places[usize::from(partition)];
        if now < due {
            return Ok(Page::Nothing);
        }
        // Where something fails, as little as can be is done again.
        let limit = if failing { 1 } else { self.options.page };
        let slice = self.store.read_partition(partition, number, limit).await?;
        let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        // What needs no age is due whatever the clock of who recorded it says.
        let is_due = |commit: &Commit| delay == 0 || commit.recorded_at.plus_millis(delay) <= now;
        let commits = slice.commits.iter().take_while(|commit| is_due(commit));
        let events: Vec<Recorded> = commits.flat_map(|commit| commit.recorded()).collect();
        let Some(to) = events.last().map(|last| last.position) else {
            // Within a partition times do not go back.
            if let Some(first) = slice.commits.first() {
                self.places[usize::from(partition)].due = first.recorded_at.plus_millis(delay);
            }
            return Ok(Page::Nothing);
        };
        let (this, heads) = (&*self, OnceCell::new());
        let shown = stream::iter(events).map(|event| {
            let heads = &heads;
            async move { this.show(&event, heads).await }
        });
        shown.buffer_unordered(self.options.at_once).try_collect::<()>().await?;
        self.progress.advance(self.process.name(), vec![to]).await?;
        let whole = slice.commits.last().is_some_and(|last| last.position == to);
        Ok(Page::Done { to: to.number, more: whole && !slice.end })
    }

    /// Shows the process an event, and does what it wants done.
    async fn show(&self, event: &Recorded, heads: &Heads) -> Result<(), RunError> {
        let process = self.process.name();
        let unreadable = |cause: &dyn std::fmt::Display| {
            let (position, stream, name) = (event.position, &event.stream, &event.event.name);
            tracing::error!(process, %position, %stream, %name, %cause, "an event is left out by the process");
        };
        let question = match self.process.asks(event) {
            Ok(Some(question)) => question,
            Ok(None) => return Ok(()),
            Err(cause) => {
                unreadable(&cause);
                return Ok(());
            }
        };
        let mut next = None;
        loop {
            let (answer, more) = match self.knowledge.answer(&question, next, heads).await {
                Ok(answered) => answered,
                Err(KnowledgeError::Away(cause)) => return Err(RunError::away(event, cause)),
                Err(KnowledgeError::Unreadable(cause)) => {
                    unreadable(&cause);
                    return Ok(());
                }
            };
            let reactions = self.process.reacts(&question, answer).into_iter();
            let orders: Vec<Order> = reactions.map(|reaction| Order::of(process, event, reaction)).collect();
            if !orders.is_empty() {
                self.give(event, &orders).await?;
            }
            match more {
                Some(more) => next = Some(more),
                None => return Ok(()),
            }
        }
    }

    /// Gives commands. What the rules refuse is done with: others have been there before.
    async fn give(&self, event: &Recorded, orders: &[Order]) -> Result<(), RunError> {
        let replies = self.hands.carry_out(orders).await.map_err(|cause| RunError::away(event, cause))?;
        for (order, line) in orders.iter().zip(&replies) {
            let reply: Reply = serde_json::from_str(line)
                .map_err(|_| RunError::away(event, format!("this is no reply: {line:.200}")))?;
            let Some(Refused { code, message, retry }) = reply.error else { continue };
            if retry {
                return Err(RunError::away(event, message));
            }
            let (process, line) = (self.process.name(), &order.line);
            match &*code {
                "gone" | "rejected" | "not_found" => tracing::debug!(process, %line, %message, "not done"),
                _ => {
                    tracing::error!(process, %line, %code, %message, "a command of the process is not carried out")
                }
            }
        }
        Ok(())
    }
}
