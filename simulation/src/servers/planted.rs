//! Ledgers with a bug put in on purpose.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::Timestamp;
use tidings_eventstore::Batch;
use tidings_ledger::{
    Claim, Claimed, End, Entry, Finish, Hold, Ledger, LedgerError, Listing, Operated, Receive, Received,
    Reservation, Reserved, State,
};
use uuid::Uuid;

use crate::stage::Stage;
use crate::{Planted, hold};

/// A ledger with the planted bug, if that is one of a ledger.
pub(crate) fn with_bug(ledger: Arc<dyn Ledger>, planted: Option<Planted>) -> Arc<dyn Ledger> {
    match planted {
        Some(bug @ (Planted::LeaseUnfenced | Planted::RetryForgotten)) => Arc::new(Buggy { ledger, bug }),
        _ => ledger,
    }
}

/// Stores the outcomes of commands that are about to be appended: the bug of a host that tells the ledger first.
pub(crate) fn outcome_first(stage: &Stage, by: &str, batches: &[Batch]) {
    for commit in batches.iter().flat_map(|batch| &batch.commits) {
        let held = hold(&stage.records).held(commit.command);
        let Some((hold, now)) = held else { continue };
        let (stream, version, position) = (&commit.stream, commit.last_version(), commit.position);
        let outcome = format!(r#"{{"stream":"{stream}","version":{version},"at":"{position}"}}"#);
        let end = End { hold, finish: Finish::Appended { position, outcome } };
        if let Err(why) = stage.recorder.finish(stage, by, vec![end], now) {
            stage.wrong(why.to_string());
        }
    }
}

struct Buggy {
    ledger: Arc<dyn Ledger>,
    bug: Planted,
}

/// When what was forgotten is tried again.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl Buggy {
    /// Whoever ever had the command counts as who has it now.
    async fn unfenced(&self, hold: Hold) -> Result<Hold, LedgerError> {
        let entry = self.ledger.get(hold.id).await?.filter(|_| self.bug == Planted::LeaseUnfenced);
        Ok(Hold { fence: entry.map_or(hold.fence, |entry| entry.fence), ..hold })
    }

    /// An entry as it would be without the time of its next attempt.
    fn forgetful(&self, mut entry: Entry) -> Entry {
        if self.bug == Planted::RetryForgotten && entry.state == State::FailedRetryable {
            entry.next_attempt_at = None;
        }
        entry
    }
}

impl fmt::Debug for Buggy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} with {:?}", self.ledger, self.bug)
    }
}

#[async_trait]
impl Ledger for Buggy {
    async fn receive(&self, command: Receive, now: Timestamp) -> Result<Received, LedgerError> {
        Ok(match self.ledger.receive(command, now).await? {
            Received::Known(entry) => Received::Known(Box::new(self.forgetful(*entry))),
            other => other,
        })
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<Claimed, LedgerError> {
        self.ledger.claim(claim, now).await
    }

    async fn renew(
        &self,
        mut holds: Vec<Hold>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<Uuid>, LedgerError> {
        for hold in &mut holds {
            *hold = self.unfenced(*hold).await?;
        }
        self.ledger.renew(holds, lease, now).await
    }

    async fn finish(&self, mut ends: Vec<End>, now: Timestamp) -> Result<Vec<bool>, LedgerError> {
        for End { hold, finish } in &mut ends {
            *hold = self.unfenced(*hold).await?;
            if let Finish::Retry { after, .. } = finish
                && self.bug == Planted::RetryForgotten
            {
                *after = NEVER;
            }
        }
        self.ledger.finish(ends, now).await
    }

    async fn take_over(&self, host: Uuid, now: Timestamp) -> Result<u64, LedgerError> {
        self.ledger.take_over(host, now).await
    }

    async fn get(&self, id: Uuid) -> Result<Option<Entry>, LedgerError> {
        Ok(self.ledger.get(id).await?.map(|entry| self.forgetful(entry)))
    }

    async fn list(&self, listing: Listing) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.ledger.list(listing).await?.into_iter().map(|entry| self.forgetful(entry)).collect())
    }

    async fn backlog(&self, most: u64) -> Result<u64, LedgerError> {
        self.ledger.backlog(most).await
    }

    async fn retry(&self, id: Uuid, now: Timestamp) -> Result<Operated, LedgerError> {
        self.ledger.retry(id, now).await
    }

    async fn cancel(&self, id: Uuid, outcome: String, now: Timestamp) -> Result<Operated, LedgerError> {
        self.ledger.cancel(id, outcome, now).await
    }

    async fn remove(&self, unchanged: Duration, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        self.ledger.remove(unchanged, most, now).await
    }

    async fn reserve(
        &self,
        name: &str,
        holder: Uuid,
        lasts: Duration,
        now: Timestamp,
    ) -> Result<Reserved, LedgerError> {
        self.ledger.reserve(name, holder, lasts, now).await
    }

    async fn confirm(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        self.ledger.confirm(name, holder, now).await
    }

    async fn release(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        self.ledger.release(name, holder, now).await
    }

    async fn expire(&self, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        self.ledger.expire(most, now).await
    }

    async fn reservation(&self, name: &str) -> Result<Option<Reservation>, LedgerError> {
        self.ledger.reservation(name).await
    }
}
