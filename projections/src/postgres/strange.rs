//! Records that came by the bus and are no events.

use std::time::SystemTime;

use tidings_domain::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::cell::{self, storable};
use super::failure::Failure;
use super::session::Session;
use super::store::{clamp, schema_of};
use crate::{Strange, StrangeKind};

/// Adds records to those of their kind. Of some that are partly known it is only certain that one is new. What was cleared
/// keeps its last place, and begins anew behind it.
pub(super) async fn note(
    session: &mut Session,
    group: &str,
    strange: &[Strange],
    now: Timestamp,
) -> Result<(), Failure> {
    let (_, schema) = schema_of(session)?;
    let sql = format!(
        "INSERT INTO {schema}.strange_records AS known SELECT $1, partition, cause, count, first, last, $7, $7 \
         FROM unnest($2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) \
         a (partition, cause, count, first, last) \
         ON CONFLICT (group_name, partition, cause) DO UPDATE SET last_place = excluded.last_place, \
         last_at = excluded.last_at, first_place = CASE known.count WHEN 0 \
         THEN greatest(excluded.first_place, known.last_place + 1) ELSE known.first_place END, \
         first_at = CASE known.count WHEN 0 THEN excluded.first_at ELSE known.first_at END, \
         count = known.count + CASE WHEN excluded.first_place > known.last_place THEN excluded.count ELSE 1 END \
         WHERE excluded.last_place > known.last_place"
    );
    let statement = session.prepare(&sql, &[]).await?;
    let partitions: Vec<i32> = strange.iter().map(|s| i32::from(s.partition)).collect();
    let causes: Vec<String> = strange.iter().map(|s| storable(&s.cause)).collect();
    let numbers = |of: fn(&Strange) -> u64| strange.iter().map(|s| clamp(of(s))).collect::<Vec<i64>>();
    let [count, first, last] = [numbers(|s| s.count), numbers(|s| s.first), numbers(|s| s.last)];
    let now = cell::system_time(now);
    session.client.execute(&statement, &[&group, &partitions, &causes, &count, &first, &last, &now]).await?;
    Ok(())
}

/// Those of one cause, or all, that were not cleared.
fn seen(schema: &str) -> String {
    format!(
        "SELECT partition, cause, count, first_place, last_place, first_at, last_at FROM {schema}.strange_records \
         WHERE group_name = $1 AND count > 0 AND ($2::text IS NULL OR cause = $2) ORDER BY partition, cause"
    )
}

pub(super) async fn list(session: &mut Session, group: &str) -> Result<Vec<StrangeKind>, Failure> {
    let (_, schema) = schema_of(session)?;
    kinds(session, &seen(&schema), group, None).await
}

pub(super) async fn clear(
    session: &mut Session,
    group: &str,
    cause: Option<&str>,
) -> Result<Vec<StrangeKind>, Failure> {
    let (_, schema) = schema_of(session)?;
    let sql = format!(
        "WITH seen AS ({} FOR UPDATE), \
         cleared AS (UPDATE {schema}.strange_records r SET count = 0 FROM seen \
         WHERE r.group_name = $1 AND r.partition = seen.partition AND r.cause = seen.cause) \
         SELECT * FROM seen ORDER BY partition, cause",
        seen(&schema)
    );
    kinds(session, &sql, group, cause).await
}

async fn kinds(
    session: &mut Session,
    sql: &str,
    group: &str,
    cause: Option<&str>,
) -> Result<Vec<StrangeKind>, Failure> {
    let statement = session.prepare(sql, &[Type::TEXT, Type::TEXT]).await?;
    session.client.query(&statement, &[&group, &cause]).await?.iter().map(kind).collect()
}

fn kind(row: &Row) -> Result<StrangeKind, Failure> {
    let unfit = |e| Failure::Unfit(format!("a kind of strange records cannot be read: {e}"));
    let number = |column| row.get::<_, i64>(column).unsigned_abs();
    let time = |column| cell::timestamp(row.get::<_, SystemTime>(column));
    let records = Strange {
        partition: u16::try_from(row.get::<_, i32>(0)).map_err(unfit)?,
        cause: row.get(1),
        count: number(2),
        first: number(3),
        last: number(4),
    };
    Ok(StrangeKind { records, first_at: time(5), last_at: time(6) })
}
