//! The embedded ledger: one SQLite file, which any number of processes read and write.

mod commands;
mod error;
mod names;
mod open;
mod operate;
mod progress;
mod row;
mod schema;
mod work;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tidings_domain::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

pub use error::OpenError;

use self::work::{Job, Terms, call};
use crate::{
    Claim, Claimed, End, Entry, Finish, Hold, How, Ledger, LedgerError, Listing, Operated, Receive, Received,
    Reservation, Reserved,
};

/// A ledger in one SQLite file. Cheap to clone; when the last handle is gone its threads end.
/// [`close`](Self::close) waits for that.
///
/// ```
/// use tidings_ledger::{Ledger, SqliteLedger};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir()?;
/// let ledger = SqliteLedger::create_or_open(folder.path())?;
/// let beside = SqliteLedger::create_or_open(folder.path())?; // also in another process
/// assert_eq!((ledger.backlog(10).await?, beside.backlog(10).await?), (0, 0));
/// ledger.close().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct SqliteLedger(Arc<Inner>);

struct Inner {
    file: PathBuf,
    /// None once closed.
    writer: Mutex<Option<SyncSender<Box<dyn Job>>>>,
    reader: Mutex<Option<SyncSender<Box<dyn Job>>>>,
    /// Its sender is gone when both threads have ended.
    alive: watch::Receiver<()>,
}

impl SqliteLedger {
    /// Opens the ledger; makes it where there is none. `path` is the file (`….sqlite`), or a folder for
    /// `ledger.sqlite`. Any number of processes may have it open. It blocks for as long as opening files takes.
    ///
    /// # Errors
    /// When the file cannot be opened for writing; see [`OpenError`].
    pub fn create_or_open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = open::file_of(path.as_ref());
        let writer = open::writing(&file)?;
        Self::start(file, Some(writer))
    }

    /// Opens a ledger that is there for reading only: what would change it is refused.
    ///
    /// # Errors
    /// When there is none, or it cannot be read; see [`OpenError`].
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::start(open::file_of(path.as_ref()), None)
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    /// Ends the ledger, also for other handles: what waits is still done, what comes later is refused. Returns when
    /// the file is closed.
    pub async fn close(&self) {
        for thread in [&self.0.writer, &self.0.reader] {
            drop(thread.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        let mut alive = self.0.alive.clone();
        while alive.changed().await.is_ok() {}
    }

    fn start(file: PathBuf, writer: Option<Connection>) -> Result<Self, OpenError> {
        let (token, alive) = watch::channel(());
        let thread = |connection: Connection, name: &str, run: fn(&Connection, &Receiver<Box<dyn Job>>)| {
            let (jobs, todo) = sync_channel(work::WAITING);
            let token = token.clone();
            let work = move || {
                run(&connection, &todo);
                drop((connection, token));
            };
            let spawned = thread::Builder::new().name(name.into()).spawn(work);
            spawned.map(|_| jobs).map_err(|e| OpenError::io(&file, &e))
        };
        let reader = thread(open::reading(&file)?, "ledger-reader", work::read)?;
        let writer = writer.map(|connection| thread(connection, "ledger-writer", work::write)).transpose()?;
        let (writer, reader) = (Mutex::new(writer), Mutex::new(Some(reader)));
        Ok(Self(Arc::new(Inner { file, writer, reader, alive })))
    }

    async fn write<T: Send + 'static>(
        &self,
        now: Timestamp,
        durable: bool,
        work: impl FnMut(&Connection, i64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.call(Terms { now: now.millis(), durable, for_answer: false }, work).await
    }

    /// Writes what is of no use to anybody once its caller has gone.
    async fn write_for_answer<T: Send + 'static>(
        &self,
        now: Timestamp,
        durable: bool,
        work: impl FnMut(&Connection, i64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.call(Terms { now: now.millis(), durable, for_answer: true }, work).await
    }

    async fn call<T: Send + 'static>(
        &self,
        terms: Terms,
        work: impl FnMut(&Connection, i64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        call(writer, terms, work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let terms = Terms { now: 0, durable: false, for_answer: true };
        call(reader, terms, move |connection, _| work(connection)).await
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteLedger").field(&self.0.file).finish()
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// SQLite's integers end at 2^63 - 1, beyond which there is nothing.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn receive(&self, command: Receive, now: Timestamp) -> Result<Received, LedgerError> {
        let durable = matches!(command.how, How::Promise { .. });
        self.write_for_answer(now, durable, move |to, now| commands::receive(to, &command, now)).await
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<Claimed, LedgerError> {
        let work = move |to: &Connection, now| {
            Ok(Claimed { now: time(now), work: commands::claim(to, &claim, now)? })
        };
        self.write_for_answer(now, false, work).await
    }

    async fn renew(
        &self,
        holds: Vec<Hold>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<Uuid>, LedgerError> {
        let work = move |to: &Connection, now: i64| {
            let mut lost = Vec::new();
            for hold in &holds {
                if !commands::renew(to, *hold, now.saturating_add(millis(lease)))? {
                    lost.push(hold.id);
                }
            }
            Ok(lost)
        };
        self.write(now, false, work).await
    }

    async fn finish(&self, ends: Vec<End>, now: Timestamp) -> Result<Vec<bool>, LedgerError> {
        let durable = ends.iter().any(|end| !matches!(end.finish, Finish::Appended { .. }));
        let work =
            move |to: &Connection, now| ends.iter().map(|end| commands::finish(to, end, now)).collect();
        self.write(now, durable, work).await
    }

    async fn take_over(&self, host: Uuid, now: Timestamp) -> Result<u64, LedgerError> {
        self.write(now, false, move |to, now| commands::take_over(to, host, now)).await
    }

    async fn get(&self, id: Uuid) -> Result<Option<Entry>, LedgerError> {
        self.read(move |from| commands::get(from, id)).await
    }

    async fn list(&self, listing: Listing) -> Result<Vec<Entry>, LedgerError> {
        self.read(move |from| commands::list(from, listing)).await
    }

    async fn backlog(&self, most: u64) -> Result<u64, LedgerError> {
        self.read(move |from| commands::backlog(from, most)).await
    }

    async fn retry(&self, id: Uuid, now: Timestamp) -> Result<Operated, LedgerError> {
        self.write(now, true, move |to, now| operate::retry(to, id, now)).await
    }

    async fn cancel(&self, id: Uuid, outcome: String, now: Timestamp) -> Result<Operated, LedgerError> {
        self.write(now, true, move |to, now| operate::cancel(to, id, &outcome, now)).await
    }

    async fn remove(&self, unchanged: Duration, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        self.write(now, true, move |to, now| operate::remove(to, millis(unchanged), most, now)).await
    }

    async fn reserve(
        &self,
        name: &str,
        holder: Uuid,
        lasts: Duration,
        now: Timestamp,
    ) -> Result<Reserved, LedgerError> {
        let name = name.to_owned();
        let until = move |now: i64| now.saturating_add(millis(lasts));
        self.write(now, true, move |to, now| names::reserve(to, &name, holder, until(now), now)).await
    }

    async fn confirm(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        let name = name.to_owned();
        self.write(now, true, move |to, now| names::confirm(to, &name, holder, now)).await
    }

    async fn release(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        let name = name.to_owned();
        self.write(now, true, move |to, now| names::release(to, &name, holder, now)).await
    }

    async fn expire(&self, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        self.write(now, true, move |to, now| names::expire(to, most, now)).await
    }

    async fn reservation(&self, name: &str) -> Result<Option<Reservation>, LedgerError> {
        let name = name.to_owned();
        self.read(move |from| names::get(from, &name)).await
    }
}
