//! What operators and time do to commands.

use rusqlite::Connection;
use uuid::Uuid;

use super::commands::get;
use crate::{Entry, Operated};

pub(super) fn retry(connection: &Connection, id: Uuid, now: i64) -> rusqlite::Result<Operated> {
    let done = connection.execute(
        "UPDATE commands SET state = 'RECEIVED', attempts = 0, next_attempt_at = NULL, due_at = ?2, outcome = NULL, \
         updated_at = ?2 WHERE id = ?1 AND promised = 1 \
         AND state IN ('FAILED_RETRYABLE', 'FAILED_TERMINAL', 'CANCELLED')",
        (id.as_bytes(), now),
    )?;
    Ok(operated(done, get(connection, id)?))
}

pub(super) fn cancel(
    connection: &Connection,
    id: Uuid,
    outcome: &str,
    now: i64,
) -> rusqlite::Result<Operated> {
    let done = connection.execute(
        "UPDATE commands SET state = 'CANCELLED', next_attempt_at = NULL, due_at = NULL, outcome = ?2, \
         updated_at = ?3 WHERE id = ?1 AND promised = 1 \
         AND state IN ('RECEIVED', 'FAILED_RETRYABLE', 'FAILED_TERMINAL')",
        (id.as_bytes(), outcome, now),
    )?;
    Ok(operated(done, get(connection, id)?))
}

fn operated(done: usize, entry: Option<Entry>) -> Operated {
    match entry.map(Box::new) {
        None => Operated::Missing,
        Some(entry) if done == 1 => Operated::Done(entry),
        Some(entry) => Operated::Not(entry),
    }
}

/// The states of which entries grow old. What is promised and not done with is kept, however old.
const AGEING: [&str; 7] =
    ["RECEIVED", "PROCESSING", "SUCCEEDED", "REJECTED", "FAILED_RETRYABLE", "FAILED_TERMINAL", "CANCELLED"];

pub(super) fn remove(connection: &Connection, unchanged: i64, most: u32, now: i64) -> rusqlite::Result<u64> {
    let mut removed = 0;
    for state in AGEING {
        let left = u64::from(most) - removed;
        // Of each state only the first received are looked at, so the work is bounded, whatever there is.
        removed += connection
            .prepare_cached(
                "DELETE FROM commands WHERE number IN (SELECT number FROM commands WHERE state = ?1 AND due_at IS NULL \
                 ORDER BY number LIMIT ?2) AND updated_at <= ?3",
            )?
            .execute((state, i64::try_from(left).unwrap_or(0), now.saturating_sub(unchanged)))? as u64;
    }
    Ok(removed)
}
