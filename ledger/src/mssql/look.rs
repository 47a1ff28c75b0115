//! What is known.

use uuid::Uuid;

use super::failure::Failure;
use super::pool::Pool;
use super::{first, row, sql, stored};
use crate::{Entry, Listing};

pub(super) async fn get(pool: &Pool, id: Uuid) -> Result<Option<Entry>, Failure> {
    first(pool.run(sql::GET, &[&id]).await?).first().map(row::entry).transpose()
}

pub(super) async fn list(pool: &Pool, listing: Listing) -> Result<Vec<Entry>, Failure> {
    let Listing { state, before, most } = listing;
    let (before, most) = (before.map_or(i64::MAX, stored), i64::from(most));
    let results = match state {
        Some(state) => pool.run(sql::LIST_OF_STATE, &[&before, &most, &state.as_str()]).await?,
        None => pool.run(sql::LIST, &[&before, &most]).await?,
    };
    first(results).iter().map(row::entry).collect()
}

pub(super) async fn backlog(pool: &Pool, most: u64) -> Result<u64, Failure> {
    let results = first(pool.run(sql::BACKLOG, &[&stored(most)]).await?);
    let count = results.first().ok_or_else(|| Failure::Foreign("it tells no count".into()))?;
    Ok(row::get::<i64>(count, 0)?.unsigned_abs())
}
