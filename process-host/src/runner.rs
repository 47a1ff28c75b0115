//! Runs one process: reads on, asks, gives commands, and only then moves on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tidings_domain::process::{Answer, ProcessManager, Question};
use tidings_domain::{Position, Recorded, SocialCommand, Timestamp};
use tidings_eventstore::{EventStore, ReadError};
use tidings_ledger::{LedgerError, Progress};
use tidings_world::{Handle, Outage};
use tokio::time::{sleep, timeout};

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
    /// Where it stands in each partition, and from when on there is something to do.
    at: Vec<(u64, Timestamp)>,
}

/// Why a round failed; the next may not.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the ledger: {0}")]
    Ledger(#[from] LedgerError),
    #[error("{0}")]
    Away(String),
}

/// What a reply says, as far as a process cares.
#[derive(Deserialize)]
struct Reply {
    ok: bool,
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
        Self { process, store, progress, knowledge, hands, world, options, at: Vec::new() }
    }

    /// Runs until the future is dropped. Whatever fails is tried again.
    pub async fn run(mut self) {
        let mut outage = Outage::new(self.options.pause);
        let mut appended = self.store.appended();
        loop {
            appended.mark_unchanged();
            match self.round().await {
                Ok(moved) => {
                    if outage.over(0) {
                        tracing::warn!(process = self.process.name(), "the process works again");
                    }
                    if !moved && self.process.delay().is_zero() {
                        let _ = timeout(self.options.look, appended.changed()).await;
                    } else if !moved {
                        sleep(self.options.look).await;
                    }
                }
                Err(cause) => {
                    let again = outage.failed(0, &*self.world);
                    if again.say {
                        let process = self.process.name();
                        tracing::warn!(process, %cause, "the process waits; trying until it works again");
                    }
                    sleep(again.after).await;
                }
            }
        }
    }

    /// A page of each partition; whether there was anything.
    async fn round(&mut self) -> Result<bool, RunError> {
        if self.at.is_empty() {
            let mut at = vec![(0, Timestamp::default()); usize::from(self.store.partitions())];
            for done in self.progress.progress(self.process.name()).await? {
                if let Some(partition) = at.get_mut(usize::from(done.partition)) {
                    partition.0 = done.number;
                }
            }
            self.at = at;
        }
        let (mut moved, mut failed) = (Vec::new(), None);
        for partition in 0..self.store.partitions() {
            match self.page(partition).await {
                Ok(page) => moved.extend(page),
                Err(cause) => failed = Some(cause),
            }
        }
        if moved.is_empty() {
            return failed.map_or(Ok(false), Err);
        }
        self.progress.advance(self.process.name(), moved.clone()).await?;
        for to in moved {
            self.at[usize::from(to.partition)].0 = to.number;
        }
        failed.map_or(Ok(true), Err)
    }

    /// Does what a page of a partition asks for; where it ends, if anything was due.
    async fn page(&mut self, partition: u16) -> Result<Option<Position>, RunError> {
        let now = self.world.now();
        let (after, due) = self.at[usize::from(partition)];
        if now < due {
            return Ok(None);
        }
        let slice = self.store.read_partition(partition, after, self.options.page).await?;
        let delay = i64::try_from(self.process.delay().as_millis()).unwrap_or(i64::MAX);
        let is_due = |recorded_at: Timestamp| recorded_at.plus_millis(delay);
        let commits = slice.commits.iter().take_while(|commit| is_due(commit.recorded_at) <= now);
        let events: Vec<Recorded> = commits.flat_map(|commit| commit.recorded()).collect();
        let Some(to) = events.last().map(|last| last.position) else {
            // Within a partition times do not go back.
            if let Some(first) = slice.commits.first() {
                self.at[usize::from(partition)].1 = is_due(first.recorded_at);
            }
            return Ok(None);
        };
        let this = &*self;
        let shown = stream::iter(events).map(|event| async move { this.show(&event).await });
        shown.buffer_unordered(self.options.at_once).try_collect::<()>().await?;
        Ok(Some(to))
    }

    /// Shows the process an event, and does what it wants done.
    async fn show(&self, event: &Recorded) -> Result<(), RunError> {
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
            let (answer, more) = match self.knowledge.answer(&question, next).await {
                Ok(answered) => answered,
                Err(KnowledgeError::Away(cause)) => return Err(RunError::Away(cause)),
                Err(KnowledgeError::Unreadable(cause)) => {
                    unreadable(&cause);
                    return Ok(());
                }
            };
            let reactions = self.process.reacts(&question, answer).into_iter();
            let orders: Vec<Order> = reactions.map(|reaction| Order::of(process, event, reaction)).collect();
            if !orders.is_empty() {
                self.give(&orders).await?;
            }
            match more {
                Some(more) => next = Some(more),
                None => return Ok(()),
            }
        }
    }

    /// Gives commands. What is refused is done with: others have been there before, or the rules do not want it.
    async fn give(&self, orders: &[Order]) -> Result<(), RunError> {
        let replies = self.hands.carry_out(orders).await.map_err(RunError::Away)?;
        for (order, line) in orders.iter().zip(&replies) {
            let Reply { ok, error } =
                serde_json::from_str(line).map_err(|_| RunError::Away(format!("no reply: {line:.200}")))?;
            match error {
                Some(refused) if refused.retry => return Err(RunError::Away(refused.message)),
                Some(Refused { code, message, .. }) if code == "invalid" || code == "unknown" => {
                    let process = self.process.name();
                    tracing::error!(process, line = %order.line, %message, "a command of the process is no good");
                }
                Some(refused) => tracing::debug!(id = %order.id, message = %refused.message, "not done"),
                None => debug_assert!(ok, "{line}"),
            }
        }
        Ok(())
    }
}
