//! Another host, as one that commands are passed on to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidings_eventstore::owners::Lease;
use tidings_world::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use super::Options;
use super::link::{Link, Target};

/// A host, and the connections to it; closed with the last handle.
pub(crate) struct Peer {
    links: Vec<Arc<Link>>,
    /// As many as may be on their way at a time.
    window: Semaphore,
    queued: AtomicUsize,
    options: Options,
    _tasks: JoinSet<()>,
}

/// What became of a command that was to be passed on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The owner's reply, under the number of the link.
    Reply(String),
    /// It was not sent: the owner does not answer, or the line has no room for the mark.
    NotSent,
    /// It was sent and not answered: the owner may have carried it out, or may be about to.
    NoReply,
    /// Too many wait for this owner.
    Full,
}

impl Peer {
    pub(super) fn start(me: Uuid, lease: &Lease, world: &Handle, options: Options) -> Arc<Self> {
        let target = Arc::new(Target::new(lease.address.clone(), lease.host));
        let numbers = (0..u16::MAX).take(options.links.max(1));
        let links =
            numbers.map(|number| Arc::new(Link::new(me, number, target.clone(), world.clone(), options)));
        let links: Vec<_> = links.collect();
        let mut tasks = JoinSet::new();
        for link in &links {
            tasks.spawn(link.clone().keep());
        }
        let window = Semaphore::new(links.len() * options.in_flight);
        Arc::new(Self { links, window, queued: AtomicUsize::new(0), options, _tasks: tasks })
    }

    /// Passes a command on, and waits for the reply no longer than the options allow.
    pub(crate) async fn pass(&self, command: Uuid, rest: &str) -> Answer {
        let Some(_permit) = self.permit().await else { return Answer::Full };
        // In order, so that few connections carry many lines each: they are written and read together.
        let in_flight = self.options.in_flight;
        let sent = self.links.iter().find_map(|link| link.send(command, rest, in_flight));
        match sent {
            Some(reply) => reply.await.map_or(Answer::NoReply, Answer::Reply),
            None => Answer::NotSent,
        }
    }

    async fn permit(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        if let Ok(permit) = self.window.try_acquire() {
            return Some(permit);
        }
        let queued = Queued::join(&self.queued, self.options.queue)?;
        // Twice the time after which an owner is taken for dead: until then its window has been let go.
        let permit = timeout(self.options.answer * 2, self.window.acquire()).await;
        drop(queued);
        permit.ok()?.ok()
    }
}

/// A place among those who wait; given back also where the waiter goes away.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn join(queued: &'a AtomicUsize, most: usize) -> Option<Self> {
        let place = queued.fetch_add(1, Ordering::Relaxed);
        let joined = Self(queued);
        (place < most).then_some(joined)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
