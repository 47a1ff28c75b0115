//! The writing thread: the inserts that wait are one transaction.

use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, ErrorCode, Statement};
use tokio::sync::oneshot;

use super::queue::{Abandon, Queue};
use super::row::{self, WriteError};
use super::schema::COLUMNS;
use crate::{Batch, InsertError};

/// An insert that waits.
pub(crate) struct Insert {
    pub(crate) batches: Vec<Batch>,
    pub(crate) reply: oneshot::Sender<Result<Vec<usize>, InsertError>>,
}

/// The most inserts in one transaction. Each has as many commits as its caller gathered.
const TOGETHER: usize = 64;

/// The most pages that SQLite knows.
const MOST_PAGES: u64 = 4_294_967_294;

/// What is shared with the writing thread.
pub(crate) struct Desk {
    pub(crate) queue: Queue<Insert>,
    /// The most bytes of the file.
    pub(crate) limit: AtomicU64,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { queue: Queue::new(), limit: AtomicU64::new(u64::MAX) }
    }
}

/// Stores what waits until the queue is closed and empty.
pub(crate) fn run(connection: &Connection, partitions: u16, desk: &Desk) -> rusqlite::Result<()> {
    let _abandon = Abandon(&desk.queue);
    let mut writer = Writer::new(connection, partitions)?;
    let mut waiting = Vec::new();
    while desk.queue.take(TOGETHER, &mut waiting) {
        writer.limit_to(desk.limit.load(Ordering::Relaxed));
        writer.store(&mut waiting);
    }
    Ok(())
}

struct Writer<'c> {
    connection: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    inserts: Vec<Statement<'c>>,
    /// The last number of each partition: a commit beyond the next would leave a gap.
    lasts: Vec<u64>,
    /// Whether the last transaction went as it should, so that nothing is open and `lasts` are right.
    sound: bool,
    limit: u64,
    json: String,
}

impl<'c> Writer<'c> {
    fn new(connection: &'c Connection, partitions: u16) -> rusqlite::Result<Self> {
        let insert = |p: u16| {
            connection.prepare(&format!(
                "INSERT INTO commits_{p} ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                 ON CONFLICT DO NOTHING"
            ))
        };
        Ok(Self {
            connection,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            inserts: (0..partitions).map(insert).collect::<Result<_, _>>()?,
            lasts: lasts(connection, partitions)?,
            sound: true,
            limit: u64::MAX,
            json: String::new(),
        })
    }

    /// Lets the file grow to so many bytes, in whole pages; it does not shrink.
    fn limit_to(&mut self, bytes: u64) {
        if bytes == self.limit {
            return;
        }
        let set = || {
            let size: i64 = self.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = (bytes / size.unsigned_abs().max(1)).clamp(1, MOST_PAGES);
            self.connection.pragma_update_and_check(None, "max_page_count", pages.cast_signed(), |_| Ok(()))
        };
        match set() {
            Ok(()) => self.limit = bytes,
            Err(error) => tracing::warn!(%error, "the limit of the log's size could not be set"),
        }
    }

    /// Stores some inserts in one transaction and answers each.
    fn store(&mut self, waiting: &mut Vec<Insert>) {
        let outcome = self.recover().and_then(|()| self.transact(waiting));
        self.sound = outcome.is_ok();
        match outcome {
            Ok(stored) => {
                for (insert, stored) in waiting.drain(..).zip(stored) {
                    let _ = insert.reply.send(Ok(stored));
                }
            }
            Err(error) => {
                for insert in waiting.drain(..) {
                    let _ = insert.reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// After a failure: closes what may be open and looks where the partitions end.
    fn recover(&mut self) -> Result<(), InsertError> {
        if self.sound {
            return Ok(());
        }
        let recovered = || {
            if !self.connection.is_autocommit() {
                self.connection.execute_batch("ROLLBACK")?;
            }
            lasts(self.connection, self.partitions())
        };
        self.lasts = recovered().map_err(|e| InsertError::Refused(e.to_string()))?;
        Ok(())
    }

    fn partitions(&self) -> u16 {
        u16::try_from(self.inserts.len()).unwrap_or(u16::MAX)
    }

    fn transact(&mut self, waiting: &[Insert]) -> Result<Vec<Vec<usize>>, InsertError> {
        self.begin.raw_execute().map_err(|e| InsertError::Refused(e.to_string()))?;
        let mut stored = Vec::with_capacity(waiting.len());
        for insert in waiting {
            match self.insert(&insert.batches) {
                Ok(counts) => stored.push(counts),
                Err(error) => return Err(self.roll_back(error.to_string())),
            }
        }
        match self.commit.raw_execute() {
            Ok(_) => Ok(stored),
            Err(error) => {
                let undone = self.roll_back(error.to_string());
                Err(after_failed_commit(&error, undone))
            }
        }
    }

    fn insert(&mut self, batches: &[Batch]) -> Result<Vec<usize>, WriteError> {
        batches.iter().map(|batch| self.insert_batch(batch)).collect()
    }

    /// How many commits of a batch are stored: those before the first whose key is taken, or after a gap.
    fn insert_batch(&mut self, batch: &Batch) -> Result<usize, WriteError> {
        let partition = usize::from(batch.partition);
        let (Some(statement), Some(last)) = (self.inserts.get_mut(partition), self.lasts.get_mut(partition))
        else {
            return Err(WriteError::Partition(batch.partition));
        };
        for (place, commit) in batch.commits.iter().enumerate() {
            let next = commit.position.number == *last + 1 && commit.position.partition == batch.partition;
            if !next || !row::insert(statement, commit, &mut self.json)? {
                return Ok(place);
            }
            *last += 1;
        }
        Ok(batch.commits.len())
    }

    /// Undoes the open transaction: nothing of it was stored, if that succeeds.
    fn roll_back(&self, cause: String) -> InsertError {
        // SQLite itself rolls back after some errors, and then there is nothing to do.
        if self.connection.is_autocommit() || self.connection.execute_batch("ROLLBACK").is_ok() {
            InsertError::Refused(cause)
        } else {
            InsertError::InDoubt(cause)
        }
    }
}

/// A failed COMMIT may have written all of the transaction to the WAL (it is the fsync that failed): it is
/// undone here, but a start after a crash would find it. Only a full disk is known to have cut it short.
fn after_failed_commit(error: &rusqlite::Error, undone: InsertError) -> InsertError {
    match (error.sqlite_error_code(), undone) {
        (Some(ErrorCode::DiskFull), undone) => undone,
        (_, InsertError::Refused(cause) | InsertError::InDoubt(cause)) => InsertError::InDoubt(cause),
    }
}

fn lasts(connection: &Connection, partitions: u16) -> rusqlite::Result<Vec<u64>> {
    let last = |p: u16| {
        let sql = format!("SELECT coalesce(max(number), 0) FROM commits_{p}");
        connection.query_row(&sql, (), |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    };
    (0..partitions).map(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn failed(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_failed_commit_is_in_doubt_unless_the_disk_was_full_and_it_was_rolled_back() {
        let (refused, doubt) = (InsertError::Refused(String::new()), InsertError::InDoubt(String::new()));
        for (code, undone, answer) in [
            (ffi::SQLITE_FULL, &refused, &refused),
            (ffi::SQLITE_FULL, &doubt, &doubt),
            (ffi::SQLITE_IOERR_FSYNC, &refused, &doubt),
            (ffi::SQLITE_IOERR_WRITE, &refused, &doubt),
            (ffi::SQLITE_IOERR_SHMSIZE, &doubt, &doubt),
        ] {
            assert_eq!(&after_failed_commit(&failed(code), undone.clone()), answer, "code {code}");
        }
    }
}
