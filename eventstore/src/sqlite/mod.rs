//! The embedded log: one SQLite file, written by one process, read by any number.

mod error;
pub mod events;
mod lock;
mod open;
mod queue;
mod reader;
mod row;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tidings_domain::StreamId;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

pub use error::OpenError;

use self::lock::Lock;
use self::open::Stored;
use self::queue::Queue;
use self::reader::Read;
use self::writer::{Desk, Insert};
use crate::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice, partition_of};

/// A log in one SQLite file. Cheap to clone; when the last handle is gone its threads end, the file is tidied
/// and the lock released. [`close`](Self::close) waits for that.
///
/// ```
/// use std::sync::Arc;
/// use tidings_eventstore::{EventStore, Options, SqliteLog};
/// use tidings_world::System;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let folder = std::env::temp_dir().join(format!("tidings-doc-{}", std::process::id()));
/// let log = SqliteLog::create_or_open(&folder, 8)?;
/// let store = EventStore::start(Arc::new(log.clone()), Arc::new(System::new()), Options::default());
/// assert_eq!(store.head(0).await?.number, 0);
///
/// let elsewhere = SqliteLog::open_read_only(&folder)?; // also in another process
/// # elsewhere.close().await;
/// drop(store);
/// log.close().await;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct SqliteLog(Arc<Inner>);

struct Inner {
    file: PathBuf,
    stored: Stored,
    /// `None` where the log is only read.
    writes: Option<Arc<Desk>>,
    reads: Arc<Queue<Read>>,
    /// Its sender is gone when the last thread has ended and the lock is released.
    alive: watch::Receiver<()>,
}

/// Reading threads: enough that a long page does not hold up the short reads behind it.
const READERS: usize = 2;

impl SqliteLog {
    /// Opens the log for writing; makes it, with so many partitions, where there is none. A log that is there
    /// keeps its own number of partitions. `path` is the file (`….sqlite`), or a folder for `log.sqlite`.
    ///
    /// One process writes: a second one is refused. It blocks for as long as opening files takes.
    ///
    /// # Errors
    /// When the file cannot be opened for writing; see [`OpenError`].
    pub fn create_or_open(path: impl AsRef<Path>, partitions: u16) -> Result<Self, OpenError> {
        let file = open::file_of(path.as_ref());
        open::make_folder(&file)?;
        let lock = Lock::take(&file)?;
        let (connection, stored) = open::writing(&file, partitions)?;
        Self::start(file, stored, Some((connection, lock)))
    }

    /// As [`create_or_open`](Self::create_or_open), but a log that is there must have exactly so many partitions.
    ///
    /// # Errors
    /// [`OpenError::Partitions`] where it has another number of them; else as there.
    pub fn create_or_open_exactly(path: impl AsRef<Path>, partitions: u16) -> Result<Self, OpenError> {
        let log = Self::create_or_open(path, partitions)?;
        match log.0.stored.partitions {
            stored if stored == partitions => Ok(log),
            stored => Err(OpenError::Partitions { file: log.0.file.clone(), stored, asked: partitions }),
        }
    }

    /// Opens a log that is there for reading only; another process may write to it meanwhile. An insert is
    /// [`Refused`](InsertError::Refused).
    ///
    /// # Errors
    /// When there is no log, or it cannot be read; see [`OpenError`].
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = open::file_of(path.as_ref());
        let (_, stored) = open::reading(&file)?;
        Self::start(file, stored, None)
    }

    /// Removes a log that has no commit, such as one that was made in vain; whether it did. Nobody may have it open for
    /// writing. `path` is as in [`create_or_open`](Self::create_or_open).
    ///
    /// # Errors
    /// When another process writes to it, or it cannot be read or removed.
    pub fn remove_if_empty(path: impl AsRef<Path>) -> Result<bool, OpenError> {
        let file = open::file_of(path.as_ref());
        if !file.exists() {
            return Ok(false);
        }
        let _lock = Lock::take(&file)?;
        let (connection, stored) = open::reading(&file)?;
        for partition in 0..stored.partitions {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM commits_{partition})");
            let commits = connection.query_row(&sql, (), |row| row.get(0));
            if commits.map_err(|e| OpenError::sqlite(&file, &e))? {
                return Ok(false);
            }
        }
        drop(connection);
        // The lock last: until then nobody else opens it.
        for end in ["", "-wal", "-shm", ".lock"] {
            let mut name = file.clone().into_os_string();
            name.push(end);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(OpenError::io(Path::new(&name), &error));
                }
                _ => {}
            }
        }
        Ok(true)
    }

    /// The file that a path stands for, as in [`create_or_open`](Self::create_or_open), whether it is there or not.
    pub fn file_of(path: impl AsRef<Path>) -> PathBuf {
        open::file_of(path.as_ref())
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    /// Lets the file grow to so many bytes (its WAL, up to some 64 MiB, comes on top), so that the log leaves room
    /// for others; `None` for no limit. At the limit an insert is refused as on a full disk, until the limit is
    /// raised. May be called at any time.
    pub fn limit_bytes(&self, most: Option<u64>) {
        if let Some(writes) = &self.0.writes {
            writes.limit.store(most.unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// Ends the log, also for other handles: what waits is still done, what comes later is refused. Returns when
    /// the file is tidied and may be opened for writing again.
    pub async fn close(&self) {
        self.0.stop();
        let mut alive = self.0.alive.clone();
        while alive.changed().await.is_ok() {}
    }

    fn start(file: PathBuf, stored: Stored, write: Option<(Connection, Lock)>) -> Result<Self, OpenError> {
        let (token, alive) = watch::channel(());
        let reads = Arc::new(Queue::new());
        let failed = |e| OpenError::io(&file, &e);
        let mut inner = Inner { file: file.clone(), stored, writes: None, reads: reads.clone(), alive };
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let (connection, _) = open::reading(&file)?;
            let (reads, token) = (reads.clone(), token.clone());
            let work = move || {
                reader::run(&connection, &reads);
                drop(connection);
                drop(token);
            };
            readers.push(thread::Builder::new().name("log-reader".into()).spawn(work).map_err(failed)?);
        }
        if let Some((connection, lock)) = write {
            let writes = Arc::new(Desk::new());
            inner.writes = Some(writes.clone());
            let work = move || {
                write_until_closed(connection, stored.partitions, &writes, readers);
                drop(lock);
                drop(token);
            };
            thread::Builder::new().name("log-writer".into()).spawn(work).map_err(failed)?;
        }
        Ok(Self(Arc::new(inner)))
    }

    fn partition_of(&self, stream: &StreamId) -> u16 {
        partition_of(stream, self.0.stored.partitions)
    }

    async fn read<T>(
        &self,
        make: impl FnOnce(oneshot::Sender<Result<T, ReadError>>) -> Read,
    ) -> Result<T, ReadError> {
        let closed = || ReadError::Unavailable("the log is closed".into());
        let (reply, answer) = oneshot::channel();
        self.0.reads.push(make(reply)).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

fn write_until_closed(connection: Connection, partitions: u16, writes: &Desk, readers: Vec<JoinHandle<()>>) {
    if let Err(error) = writer::run(&connection, partitions, writes) {
        tracing::error!(%error, "the writer of the log cannot start");
    }
    for reader in readers {
        let _ = reader.join();
    }
    // All is in the file already or in the WAL beside it; this only tidies up.
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
    if let Err(error) = checkpoint.and_then(|()| connection.close().map_err(|(_, error)| error)) {
        tracing::warn!(%error, "the log was not tidied at its end; the next start does it");
    }
}

impl Inner {
    fn stop(&self) {
        self.reads.close();
        if let Some(writes) = &self.writes {
            writes.queue.close();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

#[async_trait]
impl Log for SqliteLog {
    fn shape(&self) -> Shape {
        Shape { partitions: self.0.stored.partitions, lanes: 1, gather: Duration::ZERO }
    }

    /// One process writes, and has the file locked.
    fn is_shared(&self) -> bool {
        false
    }

    fn identity(&self) -> Option<Uuid> {
        self.0.stored.identity
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        let refused = |cause: &str| InsertError::Refused(cause.into());
        let writes = self.0.writes.as_ref().ok_or_else(|| refused("the log was opened for reading only"))?;
        let (reply, answer) = oneshot::channel();
        let insert = Insert { batches: batches.to_vec(), reply };
        writes.queue.push(insert).map_err(|_| refused("the log is closed"))?;
        answer.await.map_err(|_| InsertError::InDoubt("the writer of the log has stopped".into()))?
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        let (partition, stream) = (self.partition_of(stream), stream.clone());
        self.read(|reply| Read::Stream { partition, stream, version, limit, reply }).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.read(|reply| Read::Partition { partition, after, limit, reply }).await
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.read(|reply| Read::Head { partition, reply }).await
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        let (partition, stream) = (self.partition_of(stream), stream.clone());
        self.read(|reply| Read::Version { partition, stream, reply }).await
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.read(|reply| Read::Command { partition, command, reply }).await
    }
}
