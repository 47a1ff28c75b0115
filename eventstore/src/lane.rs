//! The group commit: one task gathers the waiting appends of its partitions and stores them together.
//!
//! A round: take what waits, number and chain it after each partition's head, insert, answer. A commit whose
//! key was taken is looked at: its command is there already (answered with it), its stream has moved (a
//! conflict), or another writer took the number (the head is read again and the rest renumbered). After an
//! insert in doubt the tails are read again, and what landed is known by the commit ids given at the start.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Position, StreamId};
use tidings_world::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

use crate::known::Known;
use crate::{Append, AppendError, Appended, Batch, Commit, Hash, Head, InsertError, Log, Options, ReadError};

/// An append that waits for its answer.
pub(crate) struct Pending {
    append: Append,
    partition: u16,
    /// The commit's id, the same however often it is tried.
    id: Uuid,
    since: Instant,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
}

impl Pending {
    pub(crate) fn new(
        append: Append,
        partition: u16,
        id: Uuid,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
    ) -> Self {
        Self { append, partition, id, since: Instant::now(), reply }
    }

    fn answer(self, answer: Result<Appended, AppendError>) {
        // A caller that has gone needs no answer.
        let _ = self.reply.send(answer);
    }

    fn commit_after(&self, head: Head, world: &Handle) -> Arc<Commit> {
        let Append { stream, expected, events, command, correlation, causation, actor, occurred_at } =
            self.append.clone();
        let mut commit = Commit {
            position: Position::new(self.partition, head.number + 1),
            stream,
            first_version: expected + 1,
            events,
            id: self.id,
            command,
            correlation,
            causation,
            actor,
            occurred_at,
            recorded_at: world.now().max(head.recorded_at),
            hash: Hash::default(),
        };
        commit.hash = commit.hash_after(head.hash);
        Arc::new(commit)
    }
}

/// What is known of a partition's end.
#[derive(Clone, Copy)]
enum Tail {
    /// The next commit goes after this one.
    At(Head),
    /// The head has moved: it must be read again.
    Moved,
    /// Commits of ours may have landed after this one: what stands there must be read.
    Doubtful(Head),
}

pub(crate) struct Lane {
    log: Arc<dyn Log>,
    world: Handle,
    options: Options,
    heads: Arc<watch::Sender<Vec<u64>>>,
    known: Arc<Known>,
    tails: BTreeMap<u16, Tail>,
    queue: VecDeque<Pending>,
    /// Rounds in a row in which the log failed.
    failures: u32,
}

impl Lane {
    pub(crate) fn new(
        log: Arc<dyn Log>,
        world: Handle,
        options: Options,
        heads: Arc<watch::Sender<Vec<u64>>>,
        known: Arc<Known>,
    ) -> Self {
        Self {
            log,
            world,
            options,
            heads,
            known,
            tails: BTreeMap::new(),
            queue: VecDeque::new(),
            failures: 0,
        }
    }

    /// Works until every handle is gone and every append answered.
    pub(crate) async fn run(mut self, mut waiting: mpsc::Receiver<Pending>) {
        loop {
            if self.queue.is_empty() {
                match waiting.recv().await {
                    Some(pending) => self.queue.push_back(pending),
                    None => return,
                }
            }
            while self.queue.len() < self.options.batch {
                let Ok(pending) = waiting.try_recv() else { break };
                self.queue.push_back(pending);
            }
            match self.round().await {
                Ok(()) => self.failures = 0,
                Err(cause) => self.pause(&cause).await,
            }
        }
    }

    /// One group commit. An error means that the log failed, and what waits still waits.
    async fn round(&mut self) -> Result<(), String> {
        self.know_tails().await.map_err(|e| e.to_string())?;
        let (batches, mut tried) = self.next_batches();
        if batches.is_empty() {
            return Ok(());
        }
        match self.log.insert(&batches).await {
            Ok(stored) => self.settle(&batches, &mut tried, &stored).await.map_err(|e| e.to_string()),
            Err(InsertError::Refused(cause)) => {
                for pending in tried.into_values().flatten() {
                    pending.answer(Err(AppendError::Unavailable(cause.clone())));
                }
                Ok(())
            }
            Err(InsertError::InDoubt(cause)) => {
                for (partition, pendings) in tried.into_iter().rev() {
                    self.doubt(partition);
                    self.put_back(pendings);
                }
                Err(cause)
            }
        }
    }

    /// Reads the tails that are not known; answers those of ours that are found there.
    async fn know_tails(&mut self) -> Result<(), ReadError> {
        let wanted: BTreeSet<u16> = self.queue.iter().map(|p| p.partition).collect();
        for partition in wanted {
            match self.tails.get(&partition).copied() {
                Some(Tail::At(_)) => {}
                Some(Tail::Doubtful(head)) => self.read_doubtful(partition, head).await?,
                Some(Tail::Moved) | None => {
                    let head = self.log.head(partition).await?;
                    self.tails.insert(partition, Tail::At(head));
                }
            }
        }
        Ok(())
    }

    async fn read_doubtful(&mut self, partition: u16, from: Head) -> Result<(), ReadError> {
        let mut head = from;
        loop {
            let slice = self.log.read_partition(partition, head.number, self.options.batch).await?;
            for commit in &slice.commits {
                head = Head::of(commit);
                if let Some(place) = self.queue.iter().position(|p| p.id == commit.id)
                    && let Some(pending) = self.queue.remove(place)
                {
                    self.landed(pending, commit, false);
                }
            }
            self.tails.insert(partition, Tail::Doubtful(head));
            if slice.end {
                break;
            }
        }
        self.tails.insert(partition, Tail::At(head));
        Ok(())
    }

    /// Numbers and chains what waits: one append of a stream and of a command at a time, the others stay.
    fn next_batches(&mut self) -> (Vec<Batch>, BTreeMap<u16, VecDeque<Pending>>) {
        let mut commits: BTreeMap<u16, Vec<Arc<Commit>>> = BTreeMap::new();
        let mut tried: BTreeMap<u16, VecDeque<Pending>> = BTreeMap::new();
        let mut ends: BTreeMap<u16, Head> = BTreeMap::new();
        let mut streams: BTreeSet<StreamId> = BTreeSet::new();
        let mut commands: BTreeSet<Uuid> = BTreeSet::new();
        let mut later = VecDeque::new();
        for pending in std::mem::take(&mut self.queue) {
            let Some(Tail::At(head)) = self.tails.get(&pending.partition).copied() else {
                later.push_back(pending);
                continue;
            };
            let fresh =
                !streams.contains(&pending.append.stream) && !commands.contains(&pending.append.command);
            if !fresh {
                later.push_back(pending);
                continue;
            }
            streams.insert(pending.append.stream.clone());
            commands.insert(pending.append.command);
            let end = ends.entry(pending.partition).or_insert(head);
            let commit = pending.commit_after(*end, &self.world);
            *end = Head::of(&commit);
            commits.entry(pending.partition).or_default().push(commit);
            tried.entry(pending.partition).or_default().push_back(pending);
        }
        self.queue = later;
        let batches = commits.into_iter().map(|(partition, commits)| Batch { partition, commits });
        (batches.collect(), tried)
    }

    /// Answers what was stored, and finds out why the first that was not was not.
    async fn settle(
        &mut self,
        batches: &[Batch],
        tried: &mut BTreeMap<u16, VecDeque<Pending>>,
        stored: &[usize],
    ) -> Result<(), ReadError> {
        let mut stopped = Vec::new();
        for (batch, stored) in batches.iter().zip(stored) {
            let Some(mut pendings) = tried.remove(&batch.partition) else { continue };
            for (pending, commit) in pendings.drain(..*stored).zip(&batch.commits) {
                self.landed(pending, commit, false);
            }
            if let Some(last) = stored.checked_sub(1).and_then(|last| batch.commits.get(last)) {
                self.tails.insert(batch.partition, Tail::At(Head::of(last)));
            }
            if let Some(commit) = batch.commits.get(*stored) {
                stopped.push((batch.partition, commit.position.number));
            }
            self.put_back(pendings);
        }
        // All that was stored is answered and all that was not waits again, so a failure from here on loses
        // nothing.
        for (partition, _) in &stopped {
            self.tails.entry(*partition).and_modify(|tail| {
                if let Tail::At(_) = tail {
                    *tail = Tail::Moved;
                }
            });
        }
        for (partition, number) in stopped {
            let head = self.log.head(partition).await?;
            if head.number < number {
                self.resolve_first(partition).await?;
            }
            self.tails.insert(partition, Tail::At(head));
        }
        Ok(())
    }

    /// The first waiting append of a partition met a taken key that is not its number.
    async fn resolve_first(&mut self, partition: u16) -> Result<(), ReadError> {
        let Some(place) = self.queue.iter().position(|p| p.partition == partition) else { return Ok(()) };
        let Append { stream, expected, command, .. } = &self.queue[place].append;
        let (stream, expected, command) = (stream.clone(), *expected, *command);
        let verdict = match self.log.find_command(partition, command).await? {
            Some(commit) if commit.stream == stream => Some(Ok(commit)),
            Some(commit) => Some(Err(AppendError::CommandReused { command, stream: commit.stream.clone() })),
            None => {
                let actual = self.log.version(&stream).await?;
                self.known.saw(&stream, actual);
                (actual != expected).then_some(Err(AppendError::Conflict { stream, expected, actual }))
            }
        };
        if let Some(verdict) = verdict
            && let Some(pending) = self.queue.remove(place)
        {
            match verdict {
                Ok(commit) => {
                    let replayed = commit.id != pending.id;
                    self.landed(pending, &commit, replayed);
                }
                Err(error) => pending.answer(Err(error)),
            }
        }
        Ok(())
    }

    fn landed(&self, pending: Pending, commit: &Arc<Commit>, replayed: bool) {
        self.known.saw(&commit.stream, commit.last_version());
        let partition = usize::from(commit.position.partition);
        self.heads.send_if_modified(|heads| {
            let moved = heads[partition] < commit.position.number;
            heads[partition] = heads[partition].max(commit.position.number);
            moved
        });
        pending.answer(Ok(Appended { commit: commit.clone(), replayed }));
    }

    /// Back to the front of the queue, in order.
    fn put_back(&mut self, pendings: VecDeque<Pending>) {
        for pending in pendings.into_iter().rev() {
            self.queue.push_front(pending);
        }
    }

    fn doubt(&mut self, partition: u16) {
        if let Some(Tail::At(head)) = self.tails.get(&partition).copied() {
            self.tails.insert(partition, Tail::Doubtful(head));
        }
    }

    /// The log failed: callers out of patience are told so, the others wait a little.
    async fn pause(&mut self, cause: &str) {
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(cause, waiting = self.queue.len(), "the log failed; trying again");
        let most = Duration::from_millis(10) * 2u32.saturating_pow(self.failures.min(6));
        let jitter = self.world.random() % (most.as_millis() as u64 / 2).max(1);
        tokio::time::sleep(most / 2 + Duration::from_millis(jitter)).await;
        let (patience, queue) = (self.options.patience, std::mem::take(&mut self.queue));
        for pending in queue {
            if pending.since.elapsed() >= patience {
                pending.answer(Err(AppendError::Unavailable(cause.into())));
            } else {
                self.queue.push_back(pending);
            }
        }
    }
}
