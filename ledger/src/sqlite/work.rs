//! The threads: what waits is done in one transaction, and answered after it.

use std::slice::from_mut;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::LedgerError;

/// Something to be done on a thread's connection.
pub(super) trait Job: Send {
    /// What its caller says of it.
    fn terms(&self) -> Terms;
    /// Whether its caller waits for it still.
    fn is_waited_for(&self) -> bool;
    /// Does it, in the open transaction, at the ledger's time.
    fn run(&mut self, connection: &Connection, now: i64) -> rusqlite::Result<()>;
    /// Answers the caller, after the transaction.
    fn answer(self: Box<Self>, outcome: Result<(), LedgerError>);
}

#[derive(Clone, Copy)]
pub(super) struct Terms {
    /// The caller's time.
    pub(super) now: i64,
    /// Else it need only outlive the process.
    pub(super) durable: bool,
    /// It is left out where its caller has gone: it would be of no use.
    pub(super) for_answer: bool,
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

    fn is_waited_for(&self) -> bool {
        !self.reply.is_closed()
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
    thread: Option<SyncSender<Box<dyn Job>>>,
    terms: Terms,
    work: impl FnMut(&Connection, i64) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, LedgerError> {
    let closed = || LedgerError::Unavailable("the ledger is closed".into());
    let (reply, answer) = oneshot::channel();
    let job = Box::new(Call { terms, work, done: None, reply });
    thread.ok_or_else(closed)?.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => LedgerError::Unavailable("too much waits for the ledger already".into()),
        TrySendError::Disconnected(_) => closed(),
    })?;
    answer.await.map_err(|_| closed())?
}

/// The most jobs that wait for a thread; one more is refused.
pub(super) const WAITING: usize = 4_096;

/// The most jobs of one transaction.
const TOGETHER: usize = 256;

fn is_wanted(job: &dyn Job) -> bool {
    job.is_waited_for() || !job.terms().for_answer
}

/// Reads what is asked for until nobody can ask any more.
pub(super) fn read(connection: &Connection, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(mut job) = jobs.recv() {
        if !is_wanted(&*job) {
            continue;
        }
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
        waiting.retain(|job| is_wanted(&**job));
        let outcome = attempt(connection, &mut waiting, &mut synced);
        if waiting.len() > 1 && matches!(outcome, Err(Failed::OneOfThem(_))) {
            // Only who asked for it is to be told.
            for mut job in waiting.drain(..) {
                let outcome = attempt(connection, from_mut(&mut job), &mut synced);
                job.answer(outcome.map_err(LedgerError::from));
            }
        } else {
            let outcome = outcome.map_err(LedgerError::from);
            waiting.drain(..).for_each(|job| job.answer(outcome.clone()));
        }
    }
}

/// Why a transaction was not made.
enum Failed {
    /// One of its jobs could not be done.
    OneOfThem(rusqlite::Error),
    /// There was no transaction to be had, or it could not be ended.
    All(rusqlite::Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::All(error)
    }
}

impl From<Failed> for LedgerError {
    fn from((Failed::OneOfThem(error) | Failed::All(error)): Failed) -> Self {
        unavailable(&error)
    }
}

/// All of it, or nothing.
fn attempt(connection: &Connection, lot: &mut [Box<dyn Job>], synced: &mut bool) -> Result<(), Failed> {
    if lot.is_empty() {
        return Ok(());
    }
    let outcome = transact(connection, lot, synced);
    // SQLite itself rolls back after some errors, and then there is nothing to do.
    if outcome.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome
}

fn transact(connection: &Connection, lot: &mut [Box<dyn Job>], synced: &mut bool) -> Result<(), Failed> {
    // A commit that is synced makes durable also those before it.
    let durable = lot.iter().any(|job| job.terms().durable);
    if durable != *synced {
        let level = if durable { "FULL" } else { "NORMAL" };
        connection.pragma_update(None, "synchronous", level)?;
        *synced = durable;
    }
    connection.prepare_cached("BEGIN IMMEDIATE")?.raw_execute()?;
    let told = lot.iter().map(|job| job.terms().now).max().unwrap_or(0);
    let now = advance(connection, told)?;
    for job in lot {
        job.run(connection, now).map_err(Failed::OneOfThem)?;
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::sqlite::schema;

    const TERMS: Terms = Terms { now: 1, durable: false, for_answer: false };

    fn name(name: &'static str) -> impl FnMut(&Connection, i64) -> rusqlite::Result<usize> {
        move |to, _| to.execute("INSERT INTO reservations VALUES (?1, x'00', 0)", [name])
    }

    fn made() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        schema::create(&connection).unwrap();
        connection
    }

    fn names(connection: &Connection) -> Vec<String> {
        let mut all = connection.prepare("SELECT name FROM reservations ORDER BY name").unwrap();
        all.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[tokio::test]
    async fn one_that_fails_takes_no_other_with_it() {
        let (jobs, todo) = sync_channel(8);
        let good = ["a", "b", "a", "c"].map(|text| tokio::spawn(call(Some(jobs.clone()), TERMS, name(text))));
        drop(jobs);
        tokio::task::yield_now().await;
        let connection = made();
        write(&connection, &todo);
        let mut done = Vec::new();
        for answer in good {
            done.push(answer.await.unwrap().is_ok());
        }
        assert_eq!(
            (done, names(&connection)),
            (vec![true, true, false, true], ["a", "b", "c"].map(String::from).into())
        );
    }

    #[tokio::test]
    async fn what_waits_is_bounded_and_left_out_where_its_caller_is_gone_and_needs_it_no_more() {
        let (jobs, todo) = sync_channel(2);
        for (text, for_answer) in [("an end", false), ("a wish", true)] {
            let call = call(Some(jobs.clone()), Terms { for_answer, ..TERMS }, name(text));
            assert!(timeout(Duration::ZERO, call).await.is_err(), "nobody does it yet");
        }
        let refused = timeout(Duration::from_secs(1), call(Some(jobs), TERMS, name("more"))).await.unwrap();
        assert!(matches!(refused, Err(LedgerError::Unavailable(why)) if why.contains("too much")));
        let connection = made();
        write(&connection, &todo);
        assert_eq!(names(&connection), ["an end"]);
    }
}
