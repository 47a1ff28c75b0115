//! A ledger in memory, for tests and simulations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::{Position, Timestamp};
use uuid::Uuid;

use crate::{
    Claim, Claimed, End, Entry, Finish, Hold, How, Ledger, LedgerError, Listing, Operated, Progress, Receive,
    Received, Reservation, Reserved, State, Work,
};

/// A ledger in memory; clones are handles to the same one.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use tidings_ledger::{Ledger, MemoryLedger};
/// assert_eq!(MemoryLedger::default().backlog(10).await?, 0);
/// # Ok::<(), tidings_ledger::LedgerError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    now: Timestamp,
    last: u64,
    entries: BTreeMap<u64, Kind>,
    numbers: BTreeMap<Uuid, u64>,
    names: BTreeMap<String, Reservation>,
    /// By process and partition.
    progress: BTreeMap<(String, u16), u64>,
}

#[derive(Debug)]
struct Kind {
    entry: Entry,
    text: Option<String>,
    /// When it was promised; else when it came.
    promised_at: Timestamp,
}

impl MemoryLedger {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self, now: Timestamp) -> (MutexGuard<'_, Kept>, Timestamp) {
        let mut kept = self.kept();
        kept.now = kept.now.max(now);
        let now = kept.now;
        (kept, now)
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.plus_millis(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
}

impl Kept {
    fn find(&mut self, id: Uuid) -> Option<&mut Kind> {
        self.entries.get_mut(self.numbers.get(&id)?)
    }
}

impl Kind {
    /// When a worker may take it.
    fn due_at(&self) -> Option<Timestamp> {
        let Entry { promised: true, state, .. } = self.entry else { return None };
        match state {
            State::Received => Some(self.entry.updated_at.max(self.promised_at)),
            State::Processing => self.entry.lease_until,
            State::FailedRetryable => self.entry.next_attempt_at,
            _ => None,
        }
    }

    /// Gives it to a worker.
    fn claim(&mut self, host: Uuid, lease: Duration, now: Timestamp) -> Hold {
        let hold = self.take(self.entry.attempts + 1, host, lease, now);
        Hold { promised: true, next_attempt_at: None, ..hold }
    }

    /// Gives it to a host whose client waits.
    fn wait_for(&mut self, host: Uuid, lease: Duration, now: Timestamp) -> Hold {
        self.take(self.entry.attempts_when_waited_for(host), host, lease, now)
    }

    fn take(&mut self, attempts: u32, host: Uuid, lease: Duration, now: Timestamp) -> Hold {
        let entry = &mut self.entry;
        let next_attempt_at = entry.next_attempt_at.take();
        entry.state = State::Processing;
        (entry.attempts, entry.fence) = (attempts, entry.fence + 1);
        (entry.host, entry.lease_until) = (Some(host), Some(later(now, lease)));
        entry.updated_at = now;
        Hold { id: entry.id, fence: entry.fence, attempts, promised: false, next_attempt_at }
    }

    fn leave(&mut self, state: State, now: Timestamp) {
        let entry = &mut self.entry;
        (entry.state, entry.updated_at) = (state, now);
        (entry.host, entry.lease_until, entry.next_attempt_at) = (None, None, None);
    }

    fn finish(&mut self, hold: Hold, finish: Finish, now: Timestamp) {
        match finish {
            Finish::Appended { position, outcome } => {
                self.leave(State::Succeeded, now);
                (self.entry.position, self.entry.outcome, self.text) = (Some(position), Some(outcome), None);
            }
            Finish::Unchanged { outcome } => {
                self.leave(State::Succeeded, now);
                (self.entry.outcome, self.text) = (Some(outcome), None);
            }
            Finish::Refused { outcome } => {
                self.leave(State::Rejected, now);
                (self.entry.outcome, self.text) = (Some(outcome), None);
            }
            Finish::Retry { error, after } => {
                self.leave(State::FailedRetryable, now);
                (self.entry.last_error, self.entry.next_attempt_at) = (Some(error), Some(later(now, after)));
            }
            Finish::Failed { error, outcome } => {
                self.leave(State::FailedTerminal, now);
                (self.entry.last_error, self.entry.outcome) = (Some(error), Some(outcome));
            }
            Finish::LetGo { error } => {
                let state = hold.next_attempt_at.map_or(State::Received, |_| State::FailedRetryable);
                self.leave(state, now);
                (self.entry.last_error, self.entry.next_attempt_at) = (Some(error), hold.next_attempt_at);
            }
        }
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn receive(&self, command: Receive, now: Timestamp) -> Result<Received, LedgerError> {
        let (mut kept, now) = self.at(now);
        let Receive { id, digest, name, actor, how } = command;
        let Some(known) = kept.find(id) else {
            kept.last += 1;
            let number = kept.last;
            let entry = Entry {
                number,
                id,
                digest,
                name: name.into_owned(),
                actor,
                promised: matches!(how, How::Promise { .. }),
                state: State::Received,
                attempts: 0,
                fence: 0,
                host: None,
                lease_until: None,
                next_attempt_at: None,
                received_at: now,
                updated_at: now,
                last_error: None,
                position: None,
                outcome: None,
            };
            let mut kind = Kind { entry, text: None, promised_at: now };
            let received = match how {
                How::Claim { host, lease } => Received::Claimed(kind.wait_for(host, lease, now)),
                How::Promise { text } => {
                    kind.text = Some(text);
                    Received::Accepted
                }
            };
            kept.entries.insert(number, kind);
            kept.numbers.insert(id, number);
            return Ok(received);
        };
        if known.entry.digest != digest {
            return Ok(Received::Reused);
        }
        match how {
            How::Claim { host, lease } if known.entry.may_be_taken(host, now) => {
                return Ok(Received::Claimed(known.wait_for(host, lease, now)));
            }
            How::Promise { text } if !known.entry.promised && !known.entry.state.is_final() => {
                (known.entry.promised, known.text, known.promised_at) = (true, Some(text), now);
                known.entry.attempts = 0;
            }
            _ => {}
        }
        Ok(Received::Known(Box::new(known.entry.clone())))
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<Claimed, LedgerError> {
        let (mut kept, now) = self.at(now);
        let due = kept.entries.iter().filter_map(|(number, kind)| Some((kind.due_at()?, *number)));
        let mut due: Vec<_> = due.filter(|(at, _)| *at <= now).collect();
        due.sort_unstable();
        due.truncate(usize::try_from(claim.most).unwrap_or(usize::MAX));
        let mut work = Vec::new();
        for (_, number) in due {
            if let Some(kind) = kept.entries.get_mut(&number) {
                let hold = kind.claim(claim.host, claim.lease, now);
                work.push(Work { hold, text: kind.text.clone().unwrap_or_default() });
            }
        }
        Ok(Claimed { now, work })
    }

    async fn renew(
        &self,
        holds: Vec<Hold>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<Uuid>, LedgerError> {
        let (mut kept, now) = self.at(now);
        let mut lost = Vec::new();
        for hold in holds {
            match held(&mut kept, hold) {
                Some(kind) => kind.entry.lease_until = Some(later(now, lease)),
                None => lost.push(hold.id),
            }
        }
        Ok(lost)
    }

    async fn finish(&self, ends: Vec<End>, now: Timestamp) -> Result<Vec<bool>, LedgerError> {
        let (mut kept, now) = self.at(now);
        let mut finish = |End { hold, finish }| match held(&mut kept, hold) {
            Some(kind) => {
                kind.finish(hold, finish, now);
                true
            }
            None => false,
        };
        Ok(ends.into_iter().map(&mut finish).collect())
    }

    async fn take_over(&self, host: Uuid, now: Timestamp) -> Result<u64, LedgerError> {
        let (mut kept, now) = self.at(now);
        let of_others = kept.entries.values_mut().filter(|kind| kind.entry.host.is_some_and(|of| of != host));
        let mut count = 0;
        for kind in of_others {
            kind.leave(State::Received, now);
            kind.entry.fence += 1;
            count += 1;
        }
        Ok(count)
    }

    async fn get(&self, id: Uuid) -> Result<Option<Entry>, LedgerError> {
        Ok(self.kept().find(id).map(|kind| kind.entry.clone()))
    }

    async fn list(&self, listing: Listing) -> Result<Vec<Entry>, LedgerError> {
        let kept = self.kept();
        let before = kept.entries.range(..listing.before.unwrap_or(u64::MAX)).rev();
        let fits = |entry: &&Entry| listing.state.is_none_or(|state| state == entry.state);
        let most = usize::try_from(listing.most).unwrap_or(usize::MAX);
        Ok(before.map(|(_, kind)| &kind.entry).filter(fits).take(most).cloned().collect())
    }

    async fn backlog(&self, most: u64) -> Result<u64, LedgerError> {
        let count = self.kept().entries.values().filter(|kind| kind.due_at().is_some()).count();
        Ok(most.min(count as u64))
    }

    async fn retry(&self, id: Uuid, now: Timestamp) -> Result<Operated, LedgerError> {
        let (mut kept, now) = self.at(now);
        let Some(kind) = kept.find(id) else { return Ok(Operated::Missing) };
        let may =
            matches!(kind.entry.state, State::FailedRetryable | State::FailedTerminal | State::Cancelled);
        if !may || !kind.entry.promised {
            return Ok(Operated::Not(Box::new(kind.entry.clone())));
        }
        kind.leave(State::Received, now);
        (kind.entry.attempts, kind.entry.outcome) = (0, None);
        Ok(Operated::Done(Box::new(kind.entry.clone())))
    }

    async fn cancel(&self, id: Uuid, outcome: String, now: Timestamp) -> Result<Operated, LedgerError> {
        let (mut kept, now) = self.at(now);
        let Some(kind) = kept.find(id) else { return Ok(Operated::Missing) };
        let may =
            matches!(kind.entry.state, State::Received | State::FailedRetryable | State::FailedTerminal);
        if !may || !kind.entry.promised {
            return Ok(Operated::Not(Box::new(kind.entry.clone())));
        }
        kind.leave(State::Cancelled, now);
        kind.entry.outcome = Some(outcome);
        Ok(Operated::Done(Box::new(kind.entry.clone())))
    }

    async fn remove(&self, unchanged: Duration, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        let (mut kept, now) = self.at(now);
        let old = |kind: &Kind| kind.due_at().is_none() && later(kind.entry.updated_at, unchanged) <= now;
        let all =
            kept.entries.values().filter(|kind| old(kind)).map(|kind| (kind.entry.number, kind.entry.id));
        let lot: Vec<_> = all.take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
        for (number, id) in &lot {
            kept.entries.remove(number);
            kept.numbers.remove(id);
        }
        Ok(lot.len() as u64)
    }

    async fn reserve(
        &self,
        name: &str,
        holder: Uuid,
        lasts: Duration,
        now: Timestamp,
    ) -> Result<Reserved, LedgerError> {
        let (mut kept, now) = self.at(now);
        let before = kept.names.get(name);
        if let Some(other) = before.filter(|other| other.holder != holder && lives(other, now)) {
            return Ok(Reserved::Taken(other.clone()));
        }
        if let Some(confirmed) = before.filter(|own| own.holder == holder && own.until.is_none()) {
            return Ok(Reserved::Held(confirmed.clone()));
        }
        let held = Reservation { name: name.into(), holder, until: Some(later(now, lasts)) };
        kept.names.insert(name.into(), held.clone());
        Ok(Reserved::Held(held))
    }

    async fn confirm(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        let (mut kept, now) = self.at(now);
        let own = kept.names.get_mut(name).filter(|own| own.holder == holder && lives(own, now));
        Ok(own.map(|own| own.until = None).is_some())
    }

    async fn release(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        let (mut kept, now) = self.at(now);
        let own = kept.names.get(name).is_some_and(|own| own.holder == holder && lives(own, now));
        Ok(own && kept.names.remove(name).is_some())
    }

    async fn expire(&self, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        let (mut kept, now) = self.at(now);
        let ended = kept.names.values().filter(|name| !lives(name, now)).map(|name| name.name.clone());
        let lot: Vec<_> = ended.take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
        lot.iter().for_each(|name| drop(kept.names.remove(name)));
        Ok(lot.len() as u64)
    }

    async fn reservation(&self, name: &str) -> Result<Option<Reservation>, LedgerError> {
        Ok(self.kept().names.get(name).cloned())
    }
}

fn held(kept: &mut Kept, hold: Hold) -> Option<&mut Kind> {
    let at_it = |kind: &&mut Kind| kind.entry.state == State::Processing && kind.entry.fence == hold.fence;
    kept.find(hold.id).filter(at_it)
}

fn lives(reservation: &Reservation, now: Timestamp) -> bool {
    reservation.until.is_none_or(|until| until > now)
}

#[async_trait]
impl Progress for MemoryLedger {
    async fn progress(&self, process: &str) -> Result<Vec<Position>, LedgerError> {
        let kept = self.kept();
        let own = kept.progress.iter().filter(|((name, _), _)| name == process);
        Ok(own.map(|((_, partition), number)| Position::new(*partition, *number)).collect())
    }

    async fn processes(&self) -> Result<BTreeMap<String, Vec<Position>>, LedgerError> {
        let mut all = BTreeMap::<String, Vec<Position>>::new();
        for ((process, partition), number) in &self.kept().progress {
            all.entry(process.clone()).or_default().push(Position::new(*partition, *number));
        }
        Ok(all)
    }

    async fn advance(&self, process: &str, to: Vec<Position>) -> Result<(), LedgerError> {
        let mut kept = self.kept();
        for at in to {
            let number = kept.progress.entry((process.to_owned(), at.partition)).or_default();
            *number = at.number.max(*number);
        }
        Ok(())
    }
}
