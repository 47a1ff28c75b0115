//! Reservations.

use std::time::Duration;

use tidings_domain::Timestamp;
use uuid::Uuid;

use super::failure::Failure;
use super::pool::Pool;
use super::{first, key, millis, row, sql};
use crate::{Reservation, Reserved};

pub(super) async fn reserve(
    pool: &Pool,
    name: &str,
    holder: Uuid,
    lasts: Duration,
    now: Timestamp,
) -> Result<Reserved, Failure> {
    let key = key(name);
    let results = pool.run(sql::RESERVE, &[&now.millis(), &&key[..], &name, &holder, &millis(lasts)]).await?;
    let results = first(results);
    let missing = || Failure::Foreign("it does not tell who has the name".into());
    let reservation = row::reservation(results.first().ok_or_else(missing)?)?;
    Ok(if reservation.holder == holder { Reserved::Held(reservation) } else { Reserved::Taken(reservation) })
}

pub(super) async fn confirm(pool: &Pool, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, Failure> {
    changed(pool, sql::CONFIRM, name, holder, now).await
}

pub(super) async fn release(pool: &Pool, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, Failure> {
    changed(pool, sql::RELEASE, name, holder, now).await
}

async fn changed(pool: &Pool, sql: &str, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, Failure> {
    Ok(!first(pool.run(sql, &[&now.millis(), &&key(name)[..], &holder]).await?).is_empty())
}

pub(super) async fn expire(pool: &Pool, most: u32, now: Timestamp) -> Result<u64, Failure> {
    Ok(first(pool.run(sql::EXPIRE, &[&now.millis(), &i64::from(most)]).await?).len() as u64)
}

pub(super) async fn get(pool: &Pool, name: &str) -> Result<Option<Reservation>, Failure> {
    let results = first(pool.run(sql::RESERVATION, &[&&key(name)[..]]).await?);
    results.first().map(row::reservation).transpose()
}
