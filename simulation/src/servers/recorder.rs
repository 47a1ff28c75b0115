//! The ledger as its server keeps it, with a look at everything that is done to it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tidings_domain::Timestamp;
use tidings_ledger::{
    Claim, Claimed, End, Entry, Hold, Ledger, LedgerError, Listing, Operated, Receive, Received,
};
use uuid::Uuid;

use crate::oracle::records::{self, By};
use crate::stage::Stage;

/// One ledger. `by` is who calls, for the history.
pub(crate) struct Recorder(Arc<dyn Ledger>);

impl Recorder {
    pub(crate) fn new(adapter: Arc<dyn Ledger>) -> Self {
        Self(adapter)
    }

    /// The ledger, without a look.
    pub(crate) fn adapter(&self) -> &Arc<dyn Ledger> {
        &self.0
    }

    /// Something was done to a command: what it is now is looked at.
    fn done(&self, stage: &Stage, by: &str, id: Uuid, how: By<'_>) -> Result<(), LedgerError> {
        if let Some(entry) = stage.at_once(self.0.get(id))? {
            records::done(stage, by, entry, how);
        }
        Ok(())
    }

    pub(crate) fn receive(
        &self,
        stage: &Stage,
        by: &str,
        command: Receive,
        now: Timestamp,
    ) -> Result<Received, LedgerError> {
        let received = stage.at_once(self.0.receive(command.clone(), now))?;
        records::passed(stage, now);
        self.done(stage, by, command.id, By::Receiving(&command, &received))?;
        Ok(received)
    }

    pub(crate) fn claim(
        &self,
        stage: &Stage,
        by: &str,
        claim: Claim,
        now: Timestamp,
    ) -> Result<Claimed, LedgerError> {
        let claimed = stage.at_once(self.0.claim(claim, now))?;
        records::passed(stage, now);
        for work in &claimed.work {
            self.done(stage, by, work.hold.id, By::Claiming(&work.hold))?;
        }
        Ok(claimed)
    }

    pub(crate) fn renew(
        &self,
        stage: &Stage,
        by: &str,
        holds: Vec<Hold>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<Uuid>, LedgerError> {
        let lost = stage.at_once(self.0.renew(holds.clone(), lease, now))?;
        records::passed(stage, now);
        for hold in holds {
            self.done(stage, by, hold.id, By::Renewing(hold, !lost.contains(&hold.id)))?;
        }
        Ok(lost)
    }

    pub(crate) fn finish(
        &self,
        stage: &Stage,
        by: &str,
        ends: Vec<End>,
        now: Timestamp,
    ) -> Result<Vec<bool>, LedgerError> {
        let done = stage.at_once(self.0.finish(ends.clone(), now))?;
        records::passed(stage, now);
        for (End { hold, finish }, done) in ends.iter().zip(&done) {
            self.done(stage, by, hold.id, By::Finishing(*hold, finish, *done))?;
        }
        Ok(done)
    }

    pub(crate) fn take_over(
        &self,
        stage: &Stage,
        by: &str,
        host: Uuid,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        let of_others = records::held_by_others(stage, host);
        let count = stage.at_once(self.0.take_over(host, now))?;
        records::passed(stage, now);
        for id in of_others {
            self.done(stage, by, id, By::TakingOver)?;
        }
        Ok(count)
    }

    pub(crate) fn get(&self, stage: &Stage, _by: &str, id: Uuid) -> Result<Option<Entry>, LedgerError> {
        let entry = stage.at_once(self.0.get(id))?;
        records::read(stage, id, entry.as_ref());
        Ok(entry)
    }

    pub(crate) fn list(&self, stage: &Stage, _by: &str, listing: Listing) -> Result<Vec<Entry>, LedgerError> {
        let page = stage.at_once(self.0.list(listing))?;
        records::listed(stage, listing, &page);
        Ok(page)
    }

    pub(crate) fn backlog(&self, stage: &Stage, _by: &str, most: u64) -> Result<u64, LedgerError> {
        let count = stage.at_once(self.0.backlog(most))?;
        records::counted(stage, most, count);
        Ok(count)
    }

    pub(crate) fn retry(
        &self,
        stage: &Stage,
        by: &str,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Operated, LedgerError> {
        let operated = stage.at_once(self.0.retry(id, now))?;
        records::passed(stage, now);
        self.done(stage, by, id, By::Retrying(&operated))?;
        Ok(operated)
    }

    pub(crate) fn cancel(
        &self,
        stage: &Stage,
        by: &str,
        id: Uuid,
        outcome: String,
        now: Timestamp,
    ) -> Result<Operated, LedgerError> {
        let operated = stage.at_once(self.0.cancel(id, outcome, now))?;
        records::passed(stage, now);
        self.done(stage, by, id, By::CallingOff(&operated))?;
        Ok(operated)
    }

    pub(crate) fn remove(
        &self,
        stage: &Stage,
        _by: &str,
        unchanged: Duration,
        most: u32,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        let removed = stage.at_once(self.0.remove(unchanged, most, now))?;
        records::passed(stage, now);
        if removed > 0 {
            stage.wrong(format!("the ledger forgot {removed} commands before their time"));
        }
        Ok(removed)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ledger")
    }
}
