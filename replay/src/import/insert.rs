//! Storing what waits, whatever the target does with it.

use std::time::Duration;

use tidings_eventstore::{Batch, Commit, Head, InsertError, ReadError};
use tokio::time::{Instant, sleep};

use super::ImportError;
use super::target::Target;

/// How long it rests before a target that failed is tried again.
const PAUSE: Duration = Duration::from_millis(250);

impl Target<'_> {
    /// Inserts what waits, however often it takes; returns when all of it is durable.
    pub(super) async fn flush(&mut self) -> Result<(), ImportError> {
        let waiting = std::mem::take(&mut self.waiting);
        (self.count, self.bytes) = (0, 0);
        self.written.extend(waiting.keys());
        let mut batches: Vec<Batch> =
            waiting.into_iter().map(|(partition, commits)| Batch { partition, commits }).collect();
        let mut failing: Option<Instant> = None;
        while !batches.is_empty() {
            let failure = match self.insert(&mut batches).await {
                Ok(()) => {
                    failing = None;
                    continue;
                }
                Err(ImportError::Target(cause)) => cause,
                Err(ImportError::Read(ReadError::Unavailable(cause))) => cause,
                Err(error) => return Err(error),
            };
            let since = *failing.get_or_insert_with(Instant::now);
            if since.elapsed() >= self.options.patience {
                return Err(ImportError::Target(failure));
            }
            sleep(PAUSE.min(self.options.patience)).await;
        }
        Ok(())
    }

    /// Inserts once; leaves what is still to be inserted.
    async fn insert(&mut self, batches: &mut Vec<Batch>) -> Result<(), ImportError> {
        match self.log.insert(batches).await {
            Ok(stored) => {
                for (batch, stored) in batches.iter_mut().zip(stored) {
                    self.stored(batch, stored);
                }
                batches.retain(|batch| !batch.commits.is_empty());
                // A key was taken where something is left.
                for batch in &mut *batches {
                    let before = batch.commits.len();
                    self.look(batch).await?;
                    if batch.commits.len() == before {
                        return Err(self.taken(&batch.commits[0]).await?);
                    }
                }
            }
            Err(InsertError::Refused(cause)) => return Err(ImportError::Target(cause)),
            Err(InsertError::InDoubt(cause)) => {
                for batch in &mut *batches {
                    self.look(batch).await?;
                }
                batches.retain(|batch| !batch.commits.is_empty());
                if !batches.is_empty() {
                    return Err(ImportError::Target(cause));
                }
            }
        }
        batches.retain(|batch| !batch.commits.is_empty());
        Ok(())
    }

    /// The first commits of a batch are in the log.
    fn stored(&mut self, batch: &mut Batch, count: usize) {
        let count = count.min(batch.commits.len());
        if let Some(last) = batch.commits.drain(..count).next_back() {
            *self.head(batch.partition) = Head::of(&last);
        }
    }

    /// Finds out how many of a batch are there: an insert that was in doubt may have landed.
    async fn look(&mut self, batch: &mut Batch) -> Result<(), ImportError> {
        let after = self.head(batch.partition).number;
        let there = self.log.read_partition(batch.partition, after, batch.commits.len()).await?.commits;
        let ours =
            there.iter().zip(&batch.commits).take_while(|(there, ours)| there.hash == ours.hash).count();
        if let Some(other) = there.get(ours) {
            return Err(ImportError::Conflict { position: other.position });
        }
        self.stored(batch, ours);
        Ok(())
    }

    /// Which key of a commit is taken, when its number is not.
    async fn taken(&self, commit: &Commit) -> Result<ImportError, ReadError> {
        let (command, stream, partition) = (commit.command, commit.stream.clone(), commit.position.partition);
        if self.log.find_command(partition, command).await?.is_some() {
            return Ok(ImportError::Command { command, stream, partition });
        }
        let (version, found) = (self.log.version(&stream).await?, commit.first_version);
        Ok(ImportError::Version { stream, version, found })
    }
}
