//! Several hosts on one log: each owns some partitions, and passes commands on the others on to their owners.
//!
//! For speed only. A command whose owner does not answer is carried out here, whatever became of it there: its id is
//! a unique key of the log, so it happens once.

mod flags;
mod keeper;
mod line;
mod link;
mod peer;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use tidings_domain::StreamId;
use tidings_eventstore::owners::Leases;
use tokio::sync::MutexGuard;
use tokio::time::Instant;
use uuid::Uuid;

use crate::engine::Turns;

pub use flags::Flags;
pub(crate) use keeper::Keeper;
pub(crate) use line::{Greeted, Passed, Rest, is_greeting, is_ok};
pub(crate) use peer::{Answer, Peer};

/// What a host needs to share the partitions of its log with others.
#[derive(Clone)]
pub struct Sharing {
    /// Where the hosts' leases are kept.
    pub leases: Arc<dyn Leases>,
    /// Where the other hosts reach this one: `HOST:PORT` for commands.
    pub address: String,
    /// How long it waits for what.
    pub options: Options,
}

/// How hosts share partitions. All hosts of a log are best given the same.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How often a lease is renewed and the others' are looked at, and how often a connection is tried; 1 s.
    pub beat: Duration,
    /// How long a lease lasts without being renewed; 3 s.
    pub lasts: Duration,
    /// How long connecting to another host may take; 500 ms. No command waits for it.
    pub connect: Duration,
    /// How long a command waits for its owner's answer before it is carried out here; 1 s.
    pub answer: Duration,
    /// The connections to each other host; 4.
    pub links: usize,
    /// The most commands on their way on one connection: fewer than the other host works on at a time; 96.
    pub in_flight: usize,
    /// The most commands that wait for one owner with none on its way yet; 8,192. Beyond them, `overloaded`.
    pub queue: usize,
    /// The most bytes of a line; 65,536. A line that is longer with its mark is carried out here.
    pub line_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            beat: Duration::from_secs(1),
            lasts: Duration::from_secs(3),
            connect: Duration::from_millis(500),
            answer: Duration::from_secs(1),
            links: 4,
            in_flight: 96,
            queue: 8_192,
            line_bytes: 65_536,
        }
    }
}

/// Who owns what, as this host sees it.
pub(crate) struct Owners {
    me: Uuid,
    lasts: Duration,
    /// Where this host's clock begins.
    began: Instant,
    shares: RwLock<Shares>,
    /// Commands on one stream are passed on, or carried out, one after another in the order in which they came, also
    /// while the stream's owner changes. Not the engine's turns: two hosts that each take the other for the owner
    /// would wait for each other.
    gates: Turns,
}

struct Shares {
    /// The owner of each partition; none where that is this host.
    owners: Vec<Option<Arc<Peer>>>,
    /// Whether another host publishes it: the owner, were there only those that relay.
    published_elsewhere: Vec<bool>,
    seen: Instant,
}

impl Owners {
    fn new(me: Uuid, lasts: Duration) -> Self {
        let began = Instant::now();
        let shares = Shares { owners: Vec::new(), published_elsewhere: Vec::new(), seen: began };
        let shares = RwLock::new(shares);
        Self { me, lasts, began, shares, gates: Turns::new() }
    }

    /// Waits until the commands on this stream that came before are done with.
    pub(crate) async fn gate(&self, stream: &StreamId) -> MutexGuard<'_, ()> {
        self.gates.take(stream).await
    }

    /// What was seen of late; too long ago says nothing, since this process may have been stopped.
    fn shares(&self) -> Option<RwLockReadGuard<'_, Shares>> {
        let shares = self.shares.read().unwrap_or_else(PoisonError::into_inner);
        (shares.seen.elapsed() <= self.lasts).then_some(shares)
    }

    /// The other host that owns a partition; none where this one does, or where nobody is known to.
    pub(crate) fn owner(&self, partition: u16) -> Option<Arc<Peer>> {
        self.shares()?.owners.get(usize::from(partition)).cloned().flatten()
    }

    /// Whether another host is to publish a partition.
    pub(crate) fn is_published_elsewhere(&self, partition: u16) -> bool {
        let Some(shares) = self.shares() else { return false };
        // Before the first look the relay waits, rather than publish what others do.
        shares.published_elsewhere.get(usize::from(partition)).copied().unwrap_or(true)
    }

    fn share(&self, owners: Vec<Option<Arc<Peer>>>, published_elsewhere: Vec<bool>) {
        let shares = Shares { owners, published_elsewhere, seen: Instant::now() };
        // Those before are dropped, and with them perhaps connections, when nobody waits for the lock any more.
        let before = {
            let mut held = self.shares.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *held, shares)
        };
        drop(before);
    }

    /// What this host says when another greets it.
    pub(crate) fn greeted(&self) -> Greeted {
        let clock = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Greeted { host: self.me, clock }
    }

    /// The moment at which whoever passed a command on stops waiting.
    pub(crate) fn end_of(&self, passed: Passed) -> Instant {
        // A year stands for what is too far away to be added.
        let until = Duration::from_millis(passed.until.min(self.greeted().clock + 31_536_000_000));
        self.began + until
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_that_cannot_see_the_leases_publishes_everything_after_a_while() {
        let lasts = Duration::from_secs(3);
        let owners = Owners::new(Uuid::nil(), lasts);
        assert!(owners.is_published_elsewhere(0), "it waits for its first look");
        advance(lasts + Duration::from_millis(1)).await;
        assert!(!owners.is_published_elsewhere(0), "but not for ever");
        owners.share(vec![None, None], vec![true, false]);
        assert_eq!((owners.is_published_elsewhere(0), owners.is_published_elsewhere(1)), (true, false));
        advance(lasts + Duration::from_millis(1)).await;
        assert!(!owners.is_published_elsewhere(0), "what was seen long ago says nothing");
    }
}
