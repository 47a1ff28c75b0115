//! The ledger's promises, at every call: what it may make of a command, when, and for whom.

mod outcome;
mod shape;
mod step;

use std::collections::BTreeMap;

use tidings_domain::Timestamp;
use tidings_ledger::{Entry, Finish, Hold, Listing, Operated, Receive, Received, State};
use uuid::Uuid;

pub(crate) use self::outcome::{all_ended, outcomes_right};
use crate::hold;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::Moment;

/// What the ledger holds, as far as its calls have shown.
#[derive(Default)]
pub(crate) struct Records {
    now: Timestamp,
    kept: BTreeMap<Uuid, Record>,
}

/// One command in the ledger.
pub(crate) struct Record {
    pub(crate) entry: Entry,
    /// The log's moment when it was last taken by a host.
    pub(crate) taken: Moment,
    /// Every outcome that was ever written.
    pub(crate) outcomes: Vec<Reply>,
    /// An operator has changed it: it may have more than one outcome.
    pub(crate) operated: bool,
}

/// What was done to a command.
pub(crate) enum By<'a> {
    Receiving(&'a Receive, &'a Received),
    Claiming(&'a Hold),
    Renewing(Hold, bool),
    Finishing(Hold, &'a Finish, bool),
    TakingOver,
    Retrying(&'a Operated),
    CallingOff(&'a Operated),
}

/// The ledger was told a time.
pub(crate) fn passed(stage: &Stage, now: Timestamp) {
    let mut records = hold(&stage.records);
    records.now = records.now.max(now);
}

/// Something was done to a command; this it is now.
pub(crate) fn done(stage: &Stage, who: &str, entry: Entry, by: By<'_>) {
    let (truth, asked, mut records) = (hold(&stage.truth), hold(&stage.asked), hold(&stage.records));
    stage.count_check("changes of the ledger");
    let (id, now) = (entry.id, records.now);
    let before = records.kept.get(&id);
    let (was, state) = (before.map(|before| before.entry.state), entry.state);
    if was != Some(state) {
        let was = was.map_or("", State::as_str);
        stage.note(format_args!("ledger {:08x} {was} > {state} by {who}", id.as_fields().0));
    }
    step::count(stage, before, &by);
    let judged = shape::check(&entry).and_then(|()| step::check(before, &entry, &by, now));
    let judged = judged.and_then(|()| match &by {
        By::Finishing(_, finish, true) => outcome::check(&truth, &asked, before, &entry, finish),
        _ => Ok(()),
    });
    if let Err(why) = judged
        && stage.plan.watched
    {
        stage.wrong(format!("the ledger's {id}, {entry:?}: {why}"));
    }
    let before = records.kept.remove(&id);
    records.kept.insert(id, after(before, entry, &by, truth.now()));
}

fn after(before: Option<Record>, entry: Entry, by: &By<'_>, now: Moment) -> Record {
    let fence = before.as_ref().map(|before| before.entry.fence);
    let had = before.as_ref().and_then(|before| before.entry.outcome.clone());
    let (taken, mut outcomes, operated) =
        before.map_or((now, Vec::new(), false), |before| (before.taken, before.outcomes, before.operated));
    if let Some(outcome) = outcome::of(&entry).filter(|_| had != entry.outcome) {
        outcomes.push(outcome);
    }
    let is_taken = entry.state == State::Processing && fence != Some(entry.fence);
    let changed = matches!(by, By::Retrying(Operated::Done(_)) | By::CallingOff(Operated::Done(_)));
    Record { entry, taken: if is_taken { now } else { taken }, outcomes, operated: operated || changed }
}

/// The ledger was asked for a command.
pub(crate) fn read(stage: &Stage, id: Uuid, entry: Option<&Entry>) {
    stage.count_check("reads of the ledger");
    let records = hold(&stage.records);
    let known = records.kept.get(&id).map(|record| &record.entry);
    if entry != known && stage.plan.watched {
        stage.wrong(format!("the ledger says {entry:?}, and had {known:?}"));
    }
}

/// The ledger was asked for a page of its list.
pub(crate) fn listed(stage: &Stage, listing: Listing, page: &[Entry]) {
    stage.count_check("pages of the ledger's list");
    let records = hold(&stage.records);
    let Listing { state, before, most } = listing;
    let fits = |entry: &&Entry| {
        state.is_none_or(|state| entry.state == state) && before.is_none_or(|before| entry.number < before)
    };
    let mut right: Vec<&Entry> = records.kept.values().map(|record| &record.entry).filter(fits).collect();
    right.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.number));
    right.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    if !page.iter().eq(right) && stage.plan.watched {
        stage.wrong(format!("the ledger's list of {listing:?} is {page:?}"));
    }
}

/// The ledger has counted what is promised and not done with.
pub(crate) fn counted(stage: &Stage, most: u64, count: u64) {
    let records = hold(&stage.records);
    let open = |record: &&Record| record.entry.promised && !record.entry.state.is_final();
    let right = (records.kept.values().filter(open).count() as u64).min(most);
    if count != right && stage.plan.watched {
        stage.wrong(format!("the ledger counts {count} promises that are not done with, not {right}"));
    }
}

/// What hosts other than this one are at.
pub(crate) fn held_by_others(stage: &Stage, host: Uuid) -> Vec<Uuid> {
    let records = hold(&stage.records);
    let other = |record: &&Record| record.entry.host.is_some_and(|holder| holder != host);
    records.kept.values().filter(other).map(|record| record.entry.id).collect()
}

impl Records {
    pub(crate) fn get(&self, id: Uuid) -> Option<&Record> {
        self.kept.get(&id)
    }

    /// The right of who is at a command, and the ledger's time.
    pub(crate) fn held(&self, id: Uuid) -> Option<(Hold, Timestamp)> {
        let Entry { fence, attempts, promised, .. } = self
            .kept
            .get(&id)
            .map(|record| &record.entry)
            .filter(|entry| entry.state == State::Processing)?;
        let (fence, attempts, promised) = (*fence, *attempts, *promised);
        Some((Hold { id, fence, attempts, promised, next_attempt_at: None }, self.now))
    }

    /// The promised commands, for an operator to choose from.
    pub(crate) fn promised(&self) -> Vec<Uuid> {
        self.kept.values().filter(|record| record.entry.promised).map(|record| record.entry.id).collect()
    }
}
