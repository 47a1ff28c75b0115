//! Sessions that are used again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::NoTls;

use super::PostgresUrl;
use super::failure::Failure;
use super::session::{Session, Use, within};

/// At most so many sessions of one use. A session that failed in any way is not used again.
pub(super) struct Pool {
    pub(super) url: PostgresUrl,
    pub(super) usage: Use,
    permits: Arc<Semaphore>,
    wait: Duration,
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    /// `wait`: how long who asks waits for a session that others use.
    pub(super) fn new(url: PostgresUrl, usage: Use, most: usize, wait: Duration) -> Arc<Self> {
        Arc::new(Self { url, usage, permits: Arc::new(Semaphore::new(most)), wait, idle: Mutex::default() })
    }

    /// A session: the last one used, or a new one.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Lease, Failure> {
        let permits = self.permits.clone();
        let closed = |_| Failure::Unavailable("the sessions are closed".into());
        let permit = within(self.wait, async { permits.acquire_owned().await.map_err(closed) }).await;
        let permit = permit.map_err(|e| e.at("all connections are in use"))?;
        let session = match self.pop() {
            Some(session) => session,
            None => Session::connect(&self.url, self.usage, None).await?,
        };
        Ok(Lease { session: Some(session), pool: self.clone(), permit: Some(permit) })
    }

    fn pop(&self) -> Option<Session> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|session| !session.is_closed());
        idle.pop()
    }
}

/// A session for one caller.
pub(super) struct Lease {
    session: Option<Session>,
    pool: Arc<Pool>,
    permit: Option<OwnedSemaphorePermit>,
}

/// How long a server may take to end what nobody waits for any more.
const CANCEL: Duration = Duration::from_secs(1);

impl Drop for Lease {
    /// What was given up in its midst goes on in the server, unless it is told: its place is free when it has ended.
    fn drop(&mut self) {
        let (Some(session), Some(permit)) = (self.session.take(), self.permit.take()) else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        if session.is_closed() {
            return;
        }
        runtime.spawn(async move {
            let cancel = session.client.cancel_token();
            let _ = within(CANCEL, async { Ok(cancel.cancel_query(NoTls).await?) }).await;
            drop((session, permit));
        });
    }
}

impl Lease {
    /// The session; `None` after it was given back, which ends the lease.
    pub(super) fn session(&mut self) -> Result<&mut Session, Failure> {
        self.session.as_mut().ok_or_else(|| Failure::Unavailable("the session is given back".into()))
    }

    /// Gives the session back: it is in no transaction. Otherwise it is cut when the lease is dropped.
    pub(super) fn give_back(mut self) {
        if let Some(session) = self.session.take() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        }
    }
}
