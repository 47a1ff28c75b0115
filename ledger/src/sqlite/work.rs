//! The threads: what waits is done in one transaction, and answered after it.

use std::sync::mpsc::{Receiver, Sender};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::LedgerError;

/// Something to be done on a thread's connection.
pub(super) trait Job: Send {
    /// The caller's time, and whether what it does must be durable.
    fn terms(&self) -> Terms;
    /// Does it, in the open transaction, at the ledger's time.
    fn run(&mut self, connection: &Connection, now: i64) -> rusqlite::Result<()>;
    /// Answers the caller, after the transaction.
    fn answer(self: Box<Self>, outcome: Result<(), LedgerError>);
}

#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) now: i64,
    /// Else it need only outlive the process.
    pub(super) durable: bool,
}

struct Call<T, F> {
    terms: Terms,
    work: F,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, LedgerError>>,
}

impl<T: Send, F: FnMut(&Connection, i64) -> rusqlite::Result<T> + Send> Job for Call<T, F> {
    fn terms(&self) -> Terms {
        self.terms
    }

    fn run(&mut self, connection: &Connection, now: i64) -> rusqlite::Result<()> {
        self.done = Some((self.work)(connection, now)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), LedgerError>) {
        let Self { done, reply, .. } = *self;
        let silent = || LedgerError::Unavailable("the ledger did nothing".into());
        // A caller that has gone needs no answer.
        let _ = reply.send(outcome.and_then(|()| done.ok_or_else(silent)));
    }
}

/// Has something done by a thread.
pub(super) async fn call<T: Send + 'static>(
    thread: Option<Sender<Box<dyn Job>>>,
    terms: Terms,
    work: impl FnMut(&Connection, i64) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, LedgerError> {
    let closed = || LedgerError::Unavailable("the ledger is closed".into());
    let (reply, answer) = oneshot::channel();
    let job = Box::new(Call { terms, work, done: None, reply });
    thread.ok_or_else(closed)?.send(job).map_err(|_| closed())?;
    answer.await.map_err(|_| closed())?
}

/// The most jobs of one transaction.
const TOGETHER: usize = 256;

/// Reads what is asked for until nobody can ask any more.
pub(super) fn read(connection: &Connection, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(mut job) = jobs.recv() {
        let outcome = job.run(connection, 0).map_err(|e| unavailable(&e));
        job.answer(outcome);
    }
}

/// Writes what waits until nobody can ask any more.
pub(super) fn write(connection: &Connection, jobs: &Receiver<Box<dyn Job>>) {
    let (mut waiting, mut synced) = (Vec::new(), true);
    while let Ok(first) = jobs.recv() {
        waiting.push(first);
        while waiting.len() < TOGETHER
            && let Ok(next) = jobs.try_recv()
        {
            waiting.push(next);
        }
        let outcome = transact(connection, &mut waiting, &mut synced).map_err(|error| {
            // SQLite itself rolls back after some errors, and then there is nothing to do.
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            unavailable(&error)
        });
        waiting.drain(..).for_each(|job| job.answer(outcome.clone()));
    }
}

fn transact(
    connection: &Connection,
    waiting: &mut [Box<dyn Job>],
    synced: &mut bool,
) -> rusqlite::Result<()> {
    // A commit that is synced makes durable also those before it.
    let durable = waiting.iter().any(|job| job.terms().durable);
    if durable != *synced {
        let level = if durable { "FULL" } else { "NORMAL" };
        connection.pragma_update(None, "synchronous", level)?;
        *synced = durable;
    }
    connection.prepare_cached("BEGIN IMMEDIATE")?.raw_execute()?;
    let told = waiting.iter().map(|job| job.terms().now).max().unwrap_or(0);
    let now = advance(connection, told)?;
    for job in waiting {
        job.run(connection, now)?;
    }
    connection.prepare_cached("COMMIT")?.raw_execute()?;
    Ok(())
}

/// The ledger's time: what the callers say, or what was seen before, whichever is later.
fn advance(connection: &Connection, told: i64) -> rusqlite::Result<i64> {
    let mut update = connection.prepare_cached("UPDATE clock SET seen = ?1 WHERE one = 1 AND seen < ?1")?;
    if update.execute([told])? == 1 {
        return Ok(told);
    }
    connection.prepare_cached("SELECT seen FROM clock WHERE one = 1")?.query_row((), |row| row.get(0))
}

fn unavailable(error: &rusqlite::Error) -> LedgerError {
    LedgerError::Unavailable(error.to_string())
}
