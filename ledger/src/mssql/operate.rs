//! What operators and time do to commands.

use std::time::Duration;

use tidings_domain::Timestamp;
use uuid::Uuid;

use super::failure::Failure;
use super::pool::Pool;
use super::session::Results;
use super::{first, millis, row, sql};
use crate::Operated;

pub(super) async fn retry(pool: &Pool, id: Uuid, now: Timestamp) -> Result<Operated, Failure> {
    operated(&pool.run(sql::RETRY, &[&now.millis(), &id]).await?)
}

pub(super) async fn cancel(
    pool: &Pool,
    id: Uuid,
    outcome: &str,
    now: Timestamp,
) -> Result<Operated, Failure> {
    operated(&pool.run(sql::CANCEL, &[&now.millis(), &id, &outcome]).await?)
}

/// Whether it was done, and the entry as it is now.
fn operated(results: &Results) -> Result<Operated, Failure> {
    let [done, entry] = results.as_slice() else {
        return Err(Failure::Foreign(format!("{} results instead of two", results.len())));
    };
    Ok(match entry.first().map(row::entry).transpose()?.map(Box::new) {
        None => Operated::Missing,
        Some(entry) if done.is_empty() => Operated::Not(entry),
        Some(entry) => Operated::Done(entry),
    })
}

pub(super) async fn remove(
    pool: &Pool,
    unchanged: Duration,
    most: u32,
    now: Timestamp,
) -> Result<u64, Failure> {
    let given: [&dyn tiberius::ToSql; 3] = [&now.millis(), &millis(unchanged), &i64::from(most)];
    Ok(first(pool.run(sql::REMOVE, &given).await?).len() as u64)
}
