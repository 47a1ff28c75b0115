//! Sessions that are used again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tiberius::ToSql;
use tidings_world::{Handle, Outage};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::MssqlUrl;
use super::failure::Failure;
use super::open;
use super::session::{Results, Session, within};

/// The most sessions at once.
const SESSIONS: usize = 16;

/// How long who asks waits for a session that others use.
const WAIT: Duration = Duration::from_secs(2);

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(6);

/// How soon a server that was away is tried again at first; the wait grows to sixteen times that.
const FIRST: Duration = Duration::from_millis(50);

/// How often a transaction is made that the server gave up for another's.
const TRIES: usize = 4;

/// At most so many sessions; one that failed in a way that may have left it in the middle of something is not used again.
pub(super) struct Pool {
    pub(super) url: MssqlUrl,
    world: Handle,
    permits: Semaphore,
    kept: Mutex<Kept>,
}

struct Kept {
    idle: Vec<Session>,
    outage: Outage,
    /// Until when no connection is tried, and why.
    away: Option<(Instant, Failure)>,
    closed: bool,
}

impl Pool {
    pub(super) fn new(url: MssqlUrl, world: Handle) -> Arc<Self> {
        let kept = Kept { idle: Vec::new(), outage: Outage::new(FIRST), away: None, closed: false };
        Arc::new(Self { url, world, permits: Semaphore::new(SESSIONS), kept: Mutex::new(kept) })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executes a statement, on any session; again where it was a deadlock's victim.
    pub(super) async fn run(&self, sql: &str, given: &[&dyn ToSql]) -> Result<Results, Failure> {
        within(LIMIT, async {
            for _ in 1..TRIES {
                match self.once(sql, given).await {
                    Err(failure) if failure.is_deadlock() => {}
                    done => return done,
                }
            }
            self.once(sql, given).await
        })
        .await
    }

    async fn once(&self, sql: &str, given: &[&dyn ToSql]) -> Result<Results, Failure> {
        let _permit = match timeout(WAIT, self.permits.acquire()).await {
            Ok(permit) => permit.map_err(|_| closed())?,
            Err(_) => return Err(Failure::Broken("all connections to it are in use".into())),
        };
        let mut session = self.session().await?;
        let done = session.run(sql, given).await;
        // One that was given up halfway (also by dropping this future) is not kept.
        if done.as_ref().err().is_none_or(Failure::leaves_the_session) {
            let mut kept = self.kept();
            if !kept.closed {
                kept.idle.push(session);
            }
        }
        done
    }

    /// The last one used that is whole, or a new one.
    async fn session(&self) -> Result<Session, Failure> {
        {
            let mut kept = self.kept();
            if kept.closed {
                return Err(closed());
            }
            while let Some(session) = kept.idle.pop() {
                if session.is_quiet() {
                    return Ok(session);
                }
            }
            if let Some((until, why)) = &kept.away
                && Instant::now() < *until
            {
                return Err(why.clone());
            }
        }
        let session = open::connect(&self.url).await;
        let mut kept = self.kept();
        match &session {
            Ok(_) => {
                kept.outage.over(0);
                kept.away = None;
            }
            Err(why) => {
                let wait = kept.outage.failed(0, &*self.world).after;
                kept.away = Some((Instant::now() + wait, why.clone()));
            }
        }
        session
    }

    /// Closes the sessions that nobody uses, and the others after their use; no new ones are made.
    pub(super) async fn close(&self) {
        {
            let mut kept = self.kept();
            kept.closed = true;
            kept.idle.clear();
        }
        let all = u32::try_from(SESSIONS).unwrap_or(u32::MAX);
        // Closed by another handle, they are as good as got.
        let _ = self.permits.acquire_many(all).await;
        self.permits.close();
    }
}

fn closed() -> Failure {
    Failure::Broken("the ledger is closed".into())
}
