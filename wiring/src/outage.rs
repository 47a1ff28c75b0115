//! Saying once that something is away, and once that it is back.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// Something that many ask, and that may be away: the log tells when it goes and when it is back, however many ask.
pub struct Outage {
    what: &'static str,
    since: Mutex<Option<Instant>>,
}

impl Outage {
    /// Of something such as `the log`, which answers for now.
    pub fn of(what: &'static str) -> Self {
        Self { what, since: Mutex::new(None) }
    }

    /// It did not answer.
    pub fn failed(&self, cause: impl Display) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_none() {
            *since = Some(Instant::now());
            tracing::warn!("{} does not answer: {cause}", self.what);
        }
    }

    /// It answered.
    pub fn answered(&self) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = since.take() {
            tracing::warn!("{} answers again, after {:.1} s", self.what, since.elapsed().as_secs_f64());
        }
    }
}
