//! A server that a host needs, and that may be away: asking it in time, and telling when it goes and when it is back.

use std::fmt::Display;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidings_wire::{Code, ErrorReply};
use tidings_world::{Handle, Outage};
use tokio::time::{Instant, timeout_at};

/// Something that many ask at once, such as the log.
pub struct Dependency {
    what: &'static str,
    world: Handle,
    state: Mutex<State>,
}

struct State {
    outage: Outage,
    /// When it last answered anybody.
    answered: Instant,
}

/// How long an answer may take: clients are told within two seconds of when a server went.
const ANSWER_WITHIN: Duration = Duration::from_millis(1_600);
/// How long a request may take that several are asked for, one after another.
const TOGETHER: Duration = Duration::from_millis(1_900);
/// For how long a server that is only slow may leave all without an answer.
const SILENT: Duration = Duration::from_secs(1);
/// How long one answer may take from a server that is slow.
const SLOW: Duration = Duration::from_secs(4);

/// The cause where it does not answer at all.
const LATE: &str = "no answer in time";

impl Dependency {
    /// One that answers for now; `what` is what it is called in the host's log: `the log`.
    pub fn of(what: &'static str, world: Handle) -> Self {
        // Nobody waits for it here, so for how long does not matter.
        let state = State { outage: Outage::new(Duration::ZERO), answered: Instant::now() };
        Self { what, world, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer for a request that came at `since`, which has to come in time, whatever else was asked before. One that is slow is not away: while it answers others, it is waited for
    /// longer, so that a host with much to do does not throw work away, only to be asked for it again.
    pub async fn in_time<T>(&self, since: Instant, asked: impl Future<Output = T>) -> Option<T> {
        let mut asked = pin!(asked);
        let mut until = (Instant::now() + ANSWER_WITHIN).min(since + TOGETHER);
        loop {
            if let Ok(answer) = timeout_at(until, &mut asked).await {
                return Some(answer);
            }
            let patience = (self.state().answered + SILENT).min(since + SLOW);
            if patience <= Instant::now() {
                return None;
            }
            until = patience;
        }
    }

    /// An answer in time for a request that came at `since`, or what a client is told where there is none.
    ///
    /// # Errors
    /// As [`unavailable`](Self::unavailable).
    pub async fn ask<T, E: Display>(
        &self,
        since: Instant,
        asked: impl Future<Output = Result<T, E>>,
    ) -> Result<T, ErrorReply> {
        match self.in_time(since, asked).await {
            Some(Ok(answer)) => {
                self.answered();
                Ok(answer)
            }
            Some(Err(cause)) => Err(self.unavailable(cause)),
            None => Err(self.late()),
        }
    }

    /// What a client is told: that it cannot be used, and no more. Clients may be anybody, and a cause may name hosts,
    /// users and statements, so it is for the host's own log.
    pub fn unavailable(&self, cause: impl Display) -> ErrorReply {
        self.failed(cause);
        let message = format!("{} cannot be used now; send the same line again later", self.what);
        ErrorReply::new(Code::Unavailable, message)
    }

    /// It did not answer in time: as [`unavailable`](Self::unavailable).
    pub fn late(&self) -> ErrorReply {
        self.unavailable(LATE)
    }

    /// It did not answer.
    pub fn failed(&self, cause: impl Display) {
        let say = self.state().outage.failed(0, cause, &*self.world).say;
        if let Some(cause) = say {
            tracing::warn!("{} cannot be used: {cause}", self.what);
        }
    }

    /// It answered.
    pub fn answered(&self) {
        let over = {
            let mut state = self.state();
            state.answered = Instant::now();
            state.outage.over(0)
        };
        if let Some(after) = over {
            tracing::warn!("{} answers again {after}", self.what);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;

    use tidings_world::Seeded;
    use tokio::time::sleep;

    use super::*;

    fn log() -> Arc<Dependency> {
        Arc::new(Dependency::of("the log", Arc::new(Seeded::new(1))))
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_answers_nobody_is_given_up_within_two_seconds() {
        let (log, begun) = (log(), Instant::now());
        assert_eq!(log.in_time(Instant::now(), pending::<()>()).await, None);
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        // Also by who asked while it still answered: within two seconds of its last answer.
        let asked = tokio::spawn({
            let log = log.clone();
            async move { log.in_time(Instant::now(), pending::<()>()).await }
        });
        for _ in 0..17 {
            sleep(Duration::from_millis(100)).await;
            log.answered();
        }
        let last = Instant::now();
        assert_eq!(asked.await.unwrap(), None);
        assert!(last.elapsed() < Duration::from_secs(2), "{:?}", last.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_slow_and_answers_others_is_waited_for_and_not_for_ever() {
        let log = log();
        let others = tokio::spawn({
            let log = log.clone();
            async move {
                loop {
                    sleep(Duration::from_millis(500)).await;
                    log.answered();
                }
            }
        });
        assert_eq!(log.in_time(Instant::now(), sleep(Duration::from_secs(3))).await, Some(()));
        let begun = Instant::now();
        assert_eq!(log.in_time(Instant::now(), pending::<()>()).await, None);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        others.abort();
    }
}
