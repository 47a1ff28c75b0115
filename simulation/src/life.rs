//! The life of a process, which may end between any two of its calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use crate::hold;
use crate::stage::Stage;

/// The life of one process. Cloned handles share it.
///
/// A dead process makes no call any more: whatever of it comes to one waits there for ever. (Its store's
/// writers are the store's own tasks; this is how they die with it.)
#[derive(Clone)]
pub(crate) struct Life {
    name: Arc<str>,
    mortal: bool,
    end: Arc<End>,
    tasks: Arc<Mutex<Vec<AbortHandle>>>,
    /// Until when it is frozen.
    thaws: Arc<Mutex<Option<Instant>>>,
}

/// Whose call it is at which a process freezes or dies.
#[derive(Clone, Copy)]
pub(crate) enum Server {
    Log,
    Bus,
    Model,
    Ledger,
}

impl Server {
    fn froze(self) -> &'static str {
        match self {
            Self::Log => "a process froze at a call to the log",
            Self::Bus => "a process froze at a call to the bus",
            Self::Model => "a process froze at a call to the read model",
            Self::Ledger => "a process froze at a call to the ledger",
        }
    }

    fn died(self) -> &'static str {
        match self {
            Self::Log => "a process died at a call to the log",
            Self::Bus => "a process died at a call to the bus",
            Self::Model => "a process died at a call to the read model",
            Self::Ledger => "a process died at a call to the ledger",
        }
    }
}

/// Not a `watch`: that wakes those who wait in an order of its own chance.
#[derive(Default)]
struct End {
    reached: AtomicBool,
    came: Notify,
}

impl Life {
    pub(crate) fn new(name: &str, mortal: bool) -> Self {
        Self { name: name.into(), mortal, end: Arc::default(), tasks: Arc::default(), thaws: Arc::default() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_over(&self) -> bool {
        self.end.reached.load(Ordering::Relaxed)
    }

    /// Runs until the process dies.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        hold(&self.tasks).push(tokio::spawn(task).abort_handle());
    }

    /// Ends it, here and now.
    pub(crate) fn end(&self, stage: &Stage, why: &str) {
        if self.is_over() {
            return;
        }
        stage.note(format_args!("{} DIES {why}", self.name));
        self.end.reached.store(true, Ordering::Relaxed);
        self.end.came.notify_waiters();
        for task in hold(&self.tasks).drain(..) {
            task.abort();
        }
    }

    /// Waits for the end.
    pub(crate) async fn over(&self) {
        let mut came = std::pin::pin!(self.end.came.notified());
        came.as_mut().enable();
        if !self.is_over() {
            came.await;
        }
    }

    /// Stops it for a while, in the middle of whatever it does; then it goes on as if nothing had been.
    pub(crate) fn freeze(&self, stage: &Stage) {
        let pause = stage.chance.while_of(500, 15_000);
        stage.note(format_args!("fault {} freezes for {pause:?}", self.name));
        *hold(&self.thaws) = Some(Instant::now() + pause);
    }

    /// Waits while it is frozen.
    async fn thaw(&self, stage: &Stage) {
        loop {
            let thaws = *hold(&self.thaws);
            match thaws {
                Some(thaws) if Instant::now() < thaws && !stage.is_healed() => sleep_until(thaws).await,
                _ => return,
            }
        }
    }

    /// A point between two calls, at which the process may freeze or die; beyond it only the living go.
    pub(crate) async fn cross(&self, stage: &Stage, at: Server, place: &'static str) {
        if self.mortal && !self.is_over() && stage.fault(at.froze(), |odds| odds.frozen) {
            self.freeze(stage);
        }
        self.thaw(stage).await;
        if self.mortal && !self.is_over() && stage.fault(at.died(), |odds| odds.death) {
            self.end(stage, place);
        }
        if self.is_over() {
            std::future::pending::<()>().await;
        }
    }
}
