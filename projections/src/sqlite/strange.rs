//! Records that came by the bus and are no events.

use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use tidings_domain::Timestamp;

use super::connect::unreadable;
use super::store::clamp;
use crate::{ReadModelError, Strange, StrangeKind};

/// Adds records to those of their kind. Of some that are partly known it is only certain that one is new. What was cleared
/// keeps its last place, and begins anew behind it.
const NOTE: &str = "INSERT INTO strange_records VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) \
    ON CONFLICT DO UPDATE SET last_place = excluded.last_place, last_at = excluded.last_at, \
    first_place = CASE count WHEN 0 THEN max(excluded.first_place, last_place + 1) ELSE first_place END, \
    first_at = CASE count WHEN 0 THEN excluded.first_at ELSE first_at END, \
    count = count + CASE WHEN excluded.first_place > last_place THEN excluded.count ELSE 1 END \
    WHERE excluded.last_place > last_place";

const LIST: &str = "SELECT partition, cause, count, first_place, last_place, first_at, last_at FROM strange_records \
    WHERE group_name = ?1 AND count > 0 AND (?2 IS NULL OR cause = ?2) ORDER BY partition, cause";

const CLEAR: &str = "UPDATE strange_records SET count = 0 \
    WHERE group_name = ?1 AND count > 0 AND (?2 IS NULL OR cause = ?2)";

pub(super) fn note(
    connection: &Connection,
    group: &str,
    strange: &[Strange],
    now: Timestamp,
) -> Result<(), ReadModelError> {
    let note = || -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(NOTE)?;
        for Strange { partition, cause, first, last, count } in strange {
            let places = (clamp(*first), clamp(*last));
            let row = (group, partition, cause, clamp(*count), places.0, places.1, now.to_string());
            statement.execute(row)?;
        }
        Ok(())
    };
    note().map_err(|e| unreadable(&e))
}

pub(super) fn list(connection: &Connection, group: &str) -> Result<Vec<StrangeKind>, ReadModelError> {
    kinds(connection, group, None).map_err(|e| unreadable(&e))
}

pub(super) fn clear(
    connection: &Connection,
    group: &str,
    cause: Option<&str>,
) -> Result<Vec<StrangeKind>, ReadModelError> {
    let clear = || -> rusqlite::Result<_> {
        // Nobody adds to them between the two.
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let cleared = kinds(&transaction, group, cause)?;
        transaction.execute(CLEAR, (group, cause))?;
        transaction.commit()?;
        Ok(cleared)
    };
    clear().map_err(|e| unreadable(&e))
}

fn kinds(connection: &Connection, group: &str, cause: Option<&str>) -> rusqlite::Result<Vec<StrangeKind>> {
    connection.prepare_cached(LIST)?.query_map((group, cause), kind)?.collect()
}

fn kind(row: &Row<'_>) -> rusqlite::Result<StrangeKind> {
    let number = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let time = |column| {
        let parsed = row.get::<_, String>(column)?.parse();
        parsed.map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(e)))
    };
    let records = Strange {
        partition: row.get(0)?,
        cause: row.get(1)?,
        count: number(2)?,
        first: number(3)?,
        last: number(4)?,
    };
    Ok(StrangeKind { records, first_at: time(5)?, last_at: time(6)? })
}
