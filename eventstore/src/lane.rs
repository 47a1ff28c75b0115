//! The group commit: one task gathers the waiting appends of its partitions and stores them together.
//!
//! A round: wait for a turn, take what waits, number and chain it after each partition's head, insert, answer. A commit whose
//! key was taken is looked at: its command is there already (answered with it), its stream has moved (a
//! conflict), or another writer took the number (the head is read again and the rest renumbered). After an
//! insert in doubt the tails are read again, and what landed is known by the commit ids given at the start. So they are
//! now and then: what stands there must follow what was known, or another log answers.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tidings_domain::StreamId;
use tidings_world::Handle;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::heads::Heads;
use crate::known::Known;
use crate::pending::Pending;
use crate::recent::Recent;
use crate::turns::Turns;
use crate::verdict::verdict;
use crate::{AppendError, Batch, Commit, Head, InsertError, Log, Options, ReadError};

/// How long what is known of the log's end is believed: somebody may drop the database, or put another in its place.
const BELIEVED: Duration = Duration::from_secs(2);

/// What is known of a partition's end.
#[derive(Clone, Copy)]
enum Tail {
    /// The next commit goes after this one.
    At(Head),
    /// Commits, perhaps ours, may have landed after this one: what stands there must be read.
    Doubtful(Head),
}

impl Tail {
    fn doubt(&mut self) {
        if let Self::At(head) = *self {
            *self = Self::Doubtful(head);
        }
    }
}

pub(crate) struct Lane {
    log: Arc<dyn Log>,
    world: Handle,
    options: Options,
    heads: Arc<Heads>,
    known: Arc<Known>,
    recent: Arc<Recent>,
    tails: BTreeMap<u16, Tail>,
    queue: VecDeque<Pending>,
    /// What the round at hand already has; kept for its room. Only asked, never walked.
    streams: HashSet<StreamId>,
    commands: HashSet<Uuid>,
    scratch: Vec<u8>,
    /// Rounds in a row in which the log failed.
    failures: u32,
    /// Until when what is known of the tails is believed.
    believed: Instant,
    turns: Arc<Turns>,
}

impl Lane {
    pub(crate) fn new(
        log: Arc<dyn Log>,
        world: Handle,
        options: Options,
        heads: Arc<Heads>,
        known: Arc<Known>,
        recent: Arc<Recent>,
        turns: Arc<Turns>,
    ) -> Self {
        Self {
            log,
            world,
            options,
            heads,
            known,
            recent,
            tails: BTreeMap::new(),
            queue: VecDeque::new(),
            streams: HashSet::new(),
            commands: HashSet::new(),
            scratch: Vec::new(),
            failures: 0,
            believed: Instant::now() + BELIEVED,
            turns,
        }
    }

    /// Works until every handle is gone and every append answered.
    pub(crate) async fn run(mut self, mut waiting: mpsc::Receiver<Pending>) {
        let (gather, turns, mut before) = (self.log.shape().gather, self.turns.clone(), 0);
        loop {
            if self.queue.is_empty() {
                match waiting.recv().await {
                    Some(pending) => self.queue.push_back(pending),
                    None => return,
                }
            }
            let turn = turns.take().await;
            self.take(&mut waiting);
            if !gather.is_zero() && self.queue.len() < before {
                let _ = timeout(gather, self.await_until(before, &mut waiting)).await;
            }
            before = self.queue.len();
            let done = self.round().await;
            drop(turn);
            match done {
                Ok(()) => self.failures = 0,
                Err(cause) => self.pause(&cause).await,
            }
        }
    }

    /// Takes what waits.
    fn take(&mut self, waiting: &mut mpsc::Receiver<Pending>) {
        while self.queue.len() < self.options.batch {
            let Ok(pending) = waiting.try_recv() else { break };
            self.queue.push_back(pending);
        }
    }

    /// Takes what comes until so many wait.
    async fn await_until(&mut self, count: usize, waiting: &mut mpsc::Receiver<Pending>) {
        while self.queue.len() < count
            && let Some(pending) = waiting.recv().await
        {
            self.queue.push_back(pending);
        }
    }

    /// One group commit. An error means that the log failed, and what waits still waits.
    async fn round(&mut self) -> Result<(), String> {
        self.answer_past().await.map_err(|e| e.to_string())?;
        self.know_tails().await.map_err(|e| e.to_string())?;
        let (batches, mut tried) = self.next_batches();
        if batches.is_empty() {
            return Ok(());
        }
        match self.log.insert(&batches).await {
            Ok(stored) => self.settle(&batches, &mut tried, &stored).await,
            Err(InsertError::Refused(cause)) => {
                for (partition, pendings) in tried {
                    self.doubt(partition);
                    for pending in pendings {
                        pending.answer(Err(AppendError::Unavailable(cause.clone())));
                    }
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

    /// Answers the appends whose streams have moved on while they waited, each of which would stop its batch.
    async fn answer_past(&mut self) -> Result<(), ReadError> {
        let mut place = 0;
        while let Some(pending) = self.queue.get(place) {
            let past = self.known.is_past(&pending.commit().stream, pending.expected());
            if !past || !self.resolve(place).await? {
                place += 1;
            }
        }
        Ok(())
    }

    /// Reads the tails that are not known; answers those of ours that are found there.
    async fn know_tails(&mut self) -> Result<(), ReadError> {
        let now = Instant::now();
        let due = self.log.is_shared() && now >= self.believed;
        if due {
            self.tails.values_mut().for_each(Tail::doubt);
        }
        let wanted: BTreeSet<u16> = self.queue.iter().map(Pending::partition).collect();
        for partition in wanted {
            match self.tails.get(&partition).copied() {
                Some(Tail::At(_)) => {}
                Some(Tail::Doubtful(head)) => self.read_doubtful(partition, head).await?,
                None => {
                    let head = self.log.head(partition).await?;
                    self.tails.insert(partition, Tail::At(head));
                }
            }
        }
        if due {
            // A log that is slow is not made much slower by being looked at.
            self.believed = Instant::now() + BELIEVED.max(10 * now.elapsed());
        }
        Ok(())
    }

    async fn read_doubtful(&mut self, partition: u16, from: Head) -> Result<(), ReadError> {
        self.log.check_identity().await?;
        let (mut head, mut known) = (from, from.number > 0);
        loop {
            // With the last that is known: whether it is there still.
            let (after, limit) = (head.number - u64::from(known), self.options.batch + usize::from(known));
            let slice = self.log.read_partition(partition, after, limit).await?;
            if known {
                check_follows(partition, from, slice.commits.first())?;
            }
            for commit in slice.commits.iter().skip(usize::from(known)) {
                head = Head::of(commit);
                if let Some(place) = self.queue.iter().position(|p| p.commit().id == commit.id)
                    && let Some(pending) = self.queue.remove(place)
                {
                    self.known.saw(&commit.stream, commit.last_version());
                    pending.found(commit);
                }
            }
            known = false;
            self.tails.insert(partition, Tail::Doubtful(head));
            self.heads.reach([(partition, head.number)]);
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
        let mut later = VecDeque::new();
        let (now, mut bytes) = (self.world.now(), 0);
        self.streams.clear();
        self.commands.clear();
        for mut pending in std::mem::take(&mut self.queue) {
            let (partition, commit) = (pending.partition(), pending.commit());
            let Some(Tail::At(head)) = self.tails.get(&partition).copied() else {
                later.push_back(pending);
                continue;
            };
            // An append of a stream that has to wait holds back those of its stream behind it.
            let fresh = self.streams.insert(commit.stream.clone()) && self.commands.insert(commit.command);
            if !fresh || bytes >= self.options.max_commit_bytes {
                later.push_back(pending);
                continue;
            }
            bytes += commit.bytes();
            let end = ends.entry(partition).or_insert(head);
            let commit = pending.chain_after(*end, now, &mut self.scratch);
            *end = Head::of(&commit);
            commits.entry(partition).or_default().push(commit);
            tried.entry(partition).or_default().push_back(pending);
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
    ) -> Result<(), String> {
        let mut stopped = Vec::new();
        for (batch, stored) in batches.iter().zip(stored) {
            let Some(mut pendings) = tried.remove(&batch.partition) else { continue };
            for pending in pendings.drain(..(*stored).min(batch.commits.len())) {
                let commit = pending.commit();
                self.known.saw(&commit.stream, commit.last_version());
                pending.stored();
            }
            self.recent.stored(batch.partition, &batch.commits[..(*stored).min(batch.commits.len())]);
            if let Some(last) = stored.checked_sub(1).and_then(|last| batch.commits.get(last)) {
                self.tails.insert(batch.partition, Tail::At(Head::of(last)));
            }
            if let Some(commit) = batch.commits.get(*stored) {
                stopped.push((batch.partition, commit.position.number));
            }
            self.put_back(pendings);
        }
        self.heads.reach(self.tails.iter().filter_map(|(partition, tail)| match tail {
            Tail::At(head) => Some((*partition, head.number)),
            Tail::Doubtful(_) => None,
        }));
        // All that was stored is answered and all that was not waits again, so a failure from here on loses
        // nothing.
        for (partition, _) in &stopped {
            self.doubt(*partition);
        }
        for (partition, number) in stopped {
            let head = self.log.head(partition).await.map_err(|e| e.to_string())?;
            let lost = head.number >= number;
            if lost {
                self.answer_losers(partition);
            }
            let resolved = lost || self.resolve_first(partition).await.map_err(|e| e.to_string())?;
            // One that ends before what was known is looked at in the next round.
            if head.number + 1 >= number {
                self.tails.insert(partition, Tail::At(head));
            }
            if !resolved {
                return Err(format!(
                    "partition {partition} does not take number {number}, and no key tells why"
                ));
            }
        }
        Ok(())
    }

    /// Another writer was faster again: callers of this partition that are out of patience are told so. Somebody always
    /// wins, but one that is nearer to the log may win for ever.
    fn answer_losers(&mut self, partition: u16) {
        let patience = self.options.patience;
        for pending in std::mem::take(&mut self.queue) {
            if pending.partition() == partition && pending.since.elapsed() >= patience {
                let cause = format!("others write to partition {partition} faster than this process");
                pending.answer(Err(AppendError::Unavailable(cause)));
            } else {
                self.queue.push_back(pending);
            }
        }
    }

    /// The first waiting append of a partition met a taken key that is not its number. `false` where no such key
    /// is found.
    async fn resolve_first(&mut self, partition: u16) -> Result<bool, ReadError> {
        match self.queue.iter().position(|p| p.partition() == partition) {
            Some(place) => self.resolve(place).await,
            None => Ok(true),
        }
    }

    /// Answers the append at this place of the queue where it cannot be stored; `false` where nothing stands
    /// against it.
    async fn resolve(&mut self, place: usize) -> Result<bool, ReadError> {
        let Some(pending) = self.queue.get(place) else { return Ok(true) };
        let verdict = verdict(&*self.log, &self.known, pending.commit(), pending.expected()).await?;
        let Some(verdict) = verdict else { return Ok(false) };
        if let Some(pending) = self.queue.remove(place) {
            match verdict {
                Ok(commit) => pending.found(&commit),
                Err(error) => pending.answer(Err(error)),
            }
        }
        Ok(true)
    }

    /// Back to the front of the queue, in order.
    fn put_back(&mut self, pendings: VecDeque<Pending>) {
        for pending in pendings.into_iter().rev() {
            self.queue.push_front(pending);
        }
    }

    fn doubt(&mut self, partition: u16) {
        self.tails.entry(partition).and_modify(Tail::doubt);
    }

    /// The log failed: callers out of patience are told so, the others wait a little.
    async fn pause(&mut self, cause: &str) {
        self.failures = self.failures.saturating_add(1);
        tracing::info!(cause, waiting = self.queue.len(), "the log failed; trying again");
        let most = Duration::from_millis(10) * 2u32.saturating_pow(self.failures.min(6));
        let jitter = self.world.random() % (most.as_millis() as u64 / 2).max(1);
        let patience = self.options.patience;
        // Not longer than the least patient waits.
        let left = |pending: &Pending| patience.saturating_sub(pending.since.elapsed());
        let least = self.queue.iter().map(left).min().unwrap_or(patience);
        tokio::time::sleep((most / 2 + Duration::from_millis(jitter)).min(least)).await;
        let queue = std::mem::take(&mut self.queue);
        for pending in queue {
            if pending.since.elapsed() >= patience {
                pending.answer(Err(AppendError::Unavailable(cause.into())));
            } else {
                self.queue.push_back(pending);
            }
        }
    }
}

/// Whether what was the end of a partition stands there still: what was acknowledged, or what all could read, never goes.
fn check_follows(partition: u16, known: Head, found: Option<&Arc<Commit>>) -> Result<(), ReadError> {
    if found.is_some_and(|commit| Head::of(commit) == known) {
        return Ok(());
    }
    let is = if found.is_some() { "is another now" } else { "is gone" };
    Err(ReadError::Damaged {
        place: format!("{partition}:{}", known.number),
        cause: format!(
            "the commit, which was acknowledged, {is}: the log was put back, or another stands in its place; restore it, or \
             start the hosts anew on what there is"
        ),
    })
}
