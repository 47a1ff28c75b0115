//! The log as a replica set keeps it: what its primary has, and how much of that a majority has.
//!
//! What only the primary has is not acknowledged, and readers do not see it; an election may take it back. All
//! the same it holds its unique keys against other writers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidings_eventstore::{Batch, Commit, InsertError, Log, MemoryLog};
use tokio::sync::Notify;

use crate::hold;
use crate::stage::Stage;

/// How many commits are read at a time.
const PAGE: usize = 1_000;

/// One replica set.
pub(crate) struct Primary {
    partitions: u16,
    majority: Arc<dyn Log>,
    state: Mutex<State>,
    /// More has reached the majority, or there is another primary.
    moved: Notify,
}

struct State {
    /// All that the primary has.
    own: MemoryLog,
    /// What the majority does not have of it, in order.
    tail: VecDeque<Arc<Commit>>,
    /// How many commits this primary has taken, and how many of those the majority has.
    taken: u64,
    safe: u64,
    /// How many elections there were.
    term: u64,
    lagging: bool,
}

impl Primary {
    pub(crate) fn new(partitions: u16, majority: Arc<dyn Log>) -> Self {
        let own = MemoryLog::new(partitions);
        let state = State { own, tail: VecDeque::new(), taken: 0, safe: 0, term: 0, lagging: false };
        Self { partitions, majority, state: Mutex::new(state), moved: Notify::new() }
    }

    /// What majority reads see.
    pub(crate) fn majority(&self) -> &Arc<dyn Log> {
        &self.majority
    }

    /// What reads of the primary alone see, which may vanish.
    pub(crate) fn own(&self) -> MemoryLog {
        hold(&self.state).own.clone()
    }

    /// Stores what fits, and answers when a majority has it.
    pub(crate) async fn insert(
        &self,
        stage: &Stage,
        by: &str,
        batches: &[Batch],
    ) -> Result<Vec<usize>, InsertError> {
        let (own, term) = {
            let state = hold(&self.state);
            (state.own.clone(), state.term)
        };
        // The log in memory waits for nothing: until the tail is pushed, nothing else happens.
        let stored = own.insert(batches).await?;
        let (mark, lagging) = {
            let mut state = hold(&self.state);
            for (batch, stored) in batches.iter().zip(&stored) {
                state.tail.extend(batch.commits[..*stored].iter().cloned());
                state.taken += *stored as u64;
            }
            (state.taken, state.lagging)
        };
        if !lagging {
            self.replicate(stage, by, usize::MAX).await;
        } else if stored.iter().any(|stored| *stored > 0) {
            stage.count_fault("an insert waited for the majority");
            let patience = stage.chance.while_of(100, 4_000);
            self.safe(mark, term, patience).await.map_err(|why| {
                stage.note(format_args!("fault {by}: {why}"));
                InsertError::InDoubt(why.into())
            })?;
        }
        Ok(stored)
    }

    async fn safe(&self, mark: u64, term: u64, patience: Duration) -> Result<(), &'static str> {
        let until = tokio::time::Instant::now() + patience;
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            {
                let state = hold(&self.state);
                if state.term != term {
                    return Err("there was an election");
                }
                if state.safe >= mark {
                    return Ok(());
                }
            }
            if tokio::time::timeout_at(until, moved).await.is_err() {
                return Err("the majority takes too long");
            }
        }
    }

    /// So many more commits reach the majority.
    async fn replicate(&self, stage: &Stage, by: &str, most: usize) {
        for _ in 0..most {
            let Some(commit) = hold(&self.state).tail.pop_front() else { break };
            let batch = Batch { partition: commit.position.partition, commits: vec![commit.clone()] };
            match stage.at_once(self.majority.insert(&[batch])).as_deref() {
                Ok([1]) => stage.landed(by, &commit),
                other => stage.wrong(format!("{} does not reach the majority: {other:?}", commit.position)),
            }
            hold(&self.state).safe += 1;
        }
        self.moved.notify_waiters();
    }

    /// From now on the majority falls behind; `false` where it does already.
    pub(crate) fn lag(&self) -> bool {
        !std::mem::replace(&mut hold(&self.state).lagging, true)
    }

    /// The majority has all again.
    pub(crate) async fn catch_up(&self, stage: &Stage) {
        hold(&self.state).lagging = false;
        self.replicate(stage, "the majority", usize::MAX).await;
    }

    /// Another primary takes over: some of the tail, from its front, is known to it; the rest never was.
    pub(crate) async fn elect(&self, stage: &Stage) {
        let behind = hold(&self.state).tail.len();
        let known = usize::try_from(stage.chance.below(behind as u64 + 1)).unwrap_or(0);
        self.replicate(stage, "the new primary", known).await;
        let own = MemoryLog::new(self.partitions);
        for partition in 0..self.partitions {
            let mut commits = Vec::new();
            loop {
                // Nothing befalls the majority itself.
                let Ok(slice) =
                    stage.at_once(self.majority.read_partition(partition, commits.len() as u64, PAGE))
                else {
                    return stage.wrong("the majority does not answer");
                };
                commits.extend(slice.commits);
                if slice.end {
                    break;
                }
            }
            if !commits.is_empty() {
                drop(own.insert(&[Batch { partition, commits }]).await);
            }
        }
        let lost = {
            let mut state = hold(&self.state);
            (state.own, state.lagging) = (own, false);
            (state.term, state.taken) = (state.term + 1, state.safe);
            std::mem::take(&mut state.tail)
        };
        for commit in &lost {
            stage.count_fault("a commit rolled back");
            stage.note(format_args!("fault {} {} is rolled back", commit.position, commit.stream));
        }
        self.moved.notify_waiters();
    }
}
