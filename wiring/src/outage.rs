//! Telling once that something is away, and once that it is back.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidings_world::{Handle, Outage};

/// Something that many ask, and that may be away: the host's log tells when it goes and when it is back, however many
/// ask.
pub struct OutageLog {
    what: &'static str,
    world: Handle,
    outage: Mutex<Outage>,
}

impl OutageLog {
    /// Of something such as `the log`, which answers for now.
    pub fn of(what: &'static str, world: Handle) -> Self {
        // Nobody waits for it here, so for how long does not matter.
        Self { what, world, outage: Mutex::new(Outage::new(Duration::ZERO)) }
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It did not answer.
    pub fn failed(&self, cause: impl Display) {
        if self.outage().failed(0, &*self.world).say {
            tracing::warn!("{} does not answer: {cause}", self.what);
        }
    }

    /// It answered.
    pub fn answered(&self) {
        if self.outage().over(0) {
            tracing::warn!("{} answers again", self.what);
        }
    }
}
