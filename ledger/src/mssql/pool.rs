//! Sessions that are used again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tiberius::ToSql;
use tidings_world::{Handle, Outage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
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

/// How soon after it let us not in: many tries lock a login out.
const REFUSED: Duration = Duration::from_secs(30);

/// How long being connected may take, and then being let in.
const CONNECT: Duration = Duration::from_secs(4);

/// How long a session may be idle: firewalls forget it some time, and tell nobody.
const IDLE: Duration = Duration::from_secs(60);

/// A session that says nothing for so long is taken for forgotten, and the idle ones with it. No lock is waited for as long.
const SILENT: Duration = Duration::from_secs(1);

/// How often the log is told what callers are not.
const SAY: Duration = Duration::from_secs(60);

/// How often a transaction is made that the server gave up for another's.
const TRIES: usize = 4;

/// At most so many sessions; one that failed in a way that may have left it in the middle of something is not used again.
/// Clones are handles to the same.
#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    url: MssqlUrl,
    world: Handle,
    permits: Arc<Semaphore>,
    kept: Mutex<Kept>,
}

struct Kept {
    /// And since when.
    idle: Vec<(Session, Instant)>,
    said: Option<Instant>,
    outage: Outage,
    /// Until when no connection is tried, and why.
    away: Option<(Instant, Failure)>,
    closed: bool,
}

impl Pool {
    pub(super) fn new(url: MssqlUrl, world: Handle) -> Self {
        let kept =
            Kept { idle: Vec::new(), said: None, outage: Outage::new(FIRST), away: None, closed: false };
        let permits = Arc::new(Semaphore::new(SESSIONS));
        Self(Arc::new(Inner { url, world, permits, kept: Mutex::new(kept) }))
    }

    pub(super) fn url(&self) -> &MssqlUrl {
        &self.0.url
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, session: Session) {
        let mut kept = self.kept();
        if !kept.closed {
            kept.idle.push((session, Instant::now()));
        }
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
        let permit = match timeout(WAIT, self.0.permits.clone().acquire_owned()).await {
            Ok(permit) => permit.map_err(|_| closed())?,
            Err(_) => return Err(Failure::Broken("all connections to it are in use".into())),
        };
        let (mut session, _permit) = match self.idle()? {
            Some(session) => (session, permit),
            None => self.connect(permit).await?,
        };
        let mut silence = Silence { pool: self, since: Instant::now(), over: false };
        let done = session.run(sql, given).await;
        silence.over = !matches!(done, Err(Failure::Silent(_)));
        // One that was given up halfway (also by dropping this future) is not kept.
        if done.as_ref().err().is_none_or(Failure::leaves_the_session) {
            self.keep(session);
        }
        if let Err(failure) = &done {
            self.log(failure);
            if failure.is_away() {
                self.note(Some(failure));
            }
        }
        done
    }

    /// What callers are not told is for the log.
    fn log(&self, failure: &Failure) {
        let mut kept = self.kept();
        if failure.is_of_our_own() && kept.said.is_none_or(|said| said.elapsed() >= SAY) {
            kept.said = Some(Instant::now());
            tracing::error!("the ledger at {}: {}", self.0.url, failure.describe());
        }
    }

    /// The last one used that is whole; none where a new one may be tried.
    fn idle(&self) -> Result<Option<Session>, Failure> {
        let mut kept = self.kept();
        if kept.closed {
            return Err(closed());
        }
        kept.idle.retain(|(_, since)| since.elapsed() < IDLE);
        while let Some((session, _)) = kept.idle.pop() {
            if session.is_quiet() {
                return Ok(Some(session));
            }
        }
        match &kept.away {
            Some((until, why)) if Instant::now() < *until => Err(why.clone()),
            _ => Ok(None),
        }
    }

    /// A new one. What comes of it is noted also where its caller waits no more: else of a server that says nothing, for
    /// which no host waits, nobody would ever learn that it is away.
    async fn connect(
        &self,
        permit: OwnedSemaphorePermit,
    ) -> Result<(Session, OwnedSemaphorePermit), Failure> {
        let (told, answer) = oneshot::channel();
        let pool = self.clone();
        tokio::spawn(async move {
            let session = open::connect(&pool.0.url, CONNECT).await;
            if let Err(failure) = &session {
                pool.log(failure);
            }
            pool.note(session.as_ref().err());
            if let Err(Ok((session, _permit))) = told.send(session.map(|session| (session, permit))) {
                pool.keep(session);
            }
        });
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    fn note(&self, failed: Option<&Failure>) {
        let mut kept = self.kept();
        kept.away = failed.map(|why| {
            let wait = kept.outage.failed(0, "", &*self.0.world).after;
            let longer = if why.is_at_the_door() { REFUSED } else { Duration::ZERO };
            (Instant::now() + wait + longer, why.clone())
        });
        if failed.is_none() {
            kept.outage.over(0);
        }
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
        let _ = self.0.permits.acquire_many(all).await;
        self.0.permits.close();
    }
}

/// A call that has no answer yet. Most callers wait for less than the call's limit and then drop it, so its end tells.
struct Silence<'a> {
    pool: &'a Pool,
    since: Instant,
    over: bool,
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        if !self.over && self.since.elapsed() >= SILENT {
            self.pool.kept().idle.clear();
        }
    }
}

fn closed() -> Failure {
    Failure::Broken("the ledger is closed".into())
}
