//! An append on its way: the commit that it becomes, and who waits for it.

use std::sync::Arc;

use tidings_domain::{Position, Timestamp};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{Append, AppendError, Appended, Commit, Hash, Head};

/// An append that waits for its answer.
pub(crate) struct Pending {
    /// Complete but for its number, time and hash, which every try gives anew; its id stays.
    commit: Arc<Commit>,
    pub(crate) since: Instant,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
}

impl Pending {
    pub(crate) fn new(
        append: Append,
        partition: u16,
        id: Uuid,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
    ) -> Self {
        let Append { stream, expected, events, command, correlation, causation, actor, occurred_at } = append;
        let commit = Commit {
            position: Position::new(partition, 0),
            stream,
            first_version: expected + 1,
            events,
            id,
            command,
            correlation,
            causation,
            actor,
            occurred_at,
            recorded_at: Timestamp::default(),
            hash: Hash::default(),
        };
        Self { commit: Arc::new(commit), since: Instant::now(), reply }
    }

    pub(crate) fn commit(&self) -> &Commit {
        &self.commit
    }

    pub(crate) fn partition(&self) -> u16 {
        self.commit.position.partition
    }

    /// The version that its stream must have.
    pub(crate) fn expected(&self) -> u64 {
        self.commit.first_version - 1
    }

    /// Numbers, times and chains the commit after `head`. A commit that an earlier try may still be storing
    /// stays as it was: this makes a copy then.
    pub(crate) fn chain_after(&mut self, head: Head, now: Timestamp, scratch: &mut Vec<u8>) -> Arc<Commit> {
        let commit = Arc::make_mut(&mut self.commit);
        commit.position.number = head.number + 1;
        commit.recorded_at = now.max(head.recorded_at);
        commit.hash = commit.hash_with(head.hash, scratch);
        self.commit.clone()
    }

    /// The commit was stored as it was last chained.
    pub(crate) fn stored(self) {
        let appended = Appended { commit: self.commit, replayed: false };
        let _ = self.reply.send(Ok(appended));
    }

    /// The log has this commit for its command: its own, or that of an earlier sending.
    pub(crate) fn found(self, commit: &Arc<Commit>) {
        let replayed = commit.id != self.commit.id;
        self.answer(Ok(Appended { commit: commit.clone(), replayed }));
    }

    pub(crate) fn answer(self, answer: Result<Appended, AppendError>) {
        // A caller that has gone needs no answer.
        let _ = self.reply.send(answer);
    }
}
