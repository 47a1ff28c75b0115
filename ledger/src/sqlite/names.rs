//! Reservations.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_domain::Timestamp;
use uuid::Uuid;

use super::row;
use crate::{Reservation, Reserved};

pub(super) fn reserve(
    connection: &Connection,
    name: &str,
    holder: Uuid,
    until: i64,
    now: i64,
) -> rusqlite::Result<Reserved> {
    // The name's row changes only where it is free, has ended, or is the holder's own and not confirmed.
    let held = connection
        .prepare_cached(
            "INSERT INTO reservations (name, holder, until) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE \
             SET holder = excluded.holder, until = excluded.until WHERE until IS NOT NULL AND (until <= ?4 OR holder = ?2)",
        )?
        .execute((name, holder.as_bytes(), until, now))?;
    let reservation = get(connection, name)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let own = held == 1 || reservation.holder == holder;
    Ok(if own { Reserved::Held(reservation) } else { Reserved::Taken(reservation) })
}

/// What the holder has: his, and confirmed or not yet ended.
const OWN: &str = "WHERE name = ?1 AND holder = ?2 AND (until IS NULL OR until > ?3)";

pub(super) fn confirm(connection: &Connection, name: &str, holder: Uuid, now: i64) -> rusqlite::Result<bool> {
    change(connection, &format!("UPDATE reservations SET until = NULL {OWN}"), name, holder, now)
}

pub(super) fn release(connection: &Connection, name: &str, holder: Uuid, now: i64) -> rusqlite::Result<bool> {
    change(connection, &format!("DELETE FROM reservations {OWN}"), name, holder, now)
}

fn change(connection: &Connection, sql: &str, name: &str, holder: Uuid, now: i64) -> rusqlite::Result<bool> {
    Ok(connection.prepare_cached(sql)?.execute((name, holder.as_bytes(), now))? == 1)
}

pub(super) fn expire(connection: &Connection, most: u32, now: i64) -> rusqlite::Result<u64> {
    let expired = connection
        .prepare_cached(
            "DELETE FROM reservations WHERE name IN \
             (SELECT name FROM reservations WHERE until <= ?1 ORDER BY until LIMIT ?2)",
        )?
        .execute((now, most))?;
    Ok(expired as u64)
}

pub(super) fn get(connection: &Connection, name: &str) -> rusqlite::Result<Option<Reservation>> {
    let read = |row: &Row<'_>| {
        let until = row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis);
        Ok(Reservation { name: row.get(0)?, holder: row::id(row, 1)?, until })
    };
    connection
        .prepare_cached("SELECT name, holder, until FROM reservations WHERE name = ?1")?
        .query_row([name], read)
        .optional()
}
