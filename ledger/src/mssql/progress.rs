//! How far processes have come.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value, json};
use tidings_domain::Position;

use super::failure::Failure;
use super::pool::Pool;
use super::{MssqlLedger, first, key, row, sql, stored};
use crate::{LedgerError, Progress};

#[async_trait]
impl Progress for MssqlLedger {
    async fn progress(&self, process: &str) -> Result<Vec<Position>, LedgerError> {
        Ok(get(&self.0, process).await?)
    }

    async fn processes(&self) -> Result<BTreeMap<String, Vec<Position>>, LedgerError> {
        Ok(all(&self.0).await?)
    }

    async fn advance(&self, process: &str, to: Vec<Position>) -> Result<(), LedgerError> {
        Ok(put(&self.0, process, &to).await?)
    }
}

async fn get(pool: &Pool, process: &str) -> Result<Vec<Position>, Failure> {
    let results = first(pool.run(sql::PROGRESS, &[&&key(process)[..]]).await?);
    results.iter().map(|row| row::position(row, 0)).collect()
}

async fn all(pool: &Pool) -> Result<BTreeMap<String, Vec<Position>>, Failure> {
    let mut all = BTreeMap::<String, Vec<Position>>::new();
    for row in first(pool.run(sql::PROCESSES, &[]).await?) {
        let process = row::get::<&str>(&row, 0)?;
        all.entry(process.into()).or_default().push(row::position(&row, 1)?);
    }
    Ok(all)
}

async fn put(pool: &Pool, process: &str, to: &[Position]) -> Result<(), Failure> {
    // A row is written once by a statement, whichever of several values it then gets.
    let mut furthest = BTreeMap::new();
    for at in to {
        let number = furthest.entry(at.partition).or_insert(at.number);
        *number = at.number.max(*number);
    }
    let row = |(partition, number): (u16, u64)| json!({ "partition": partition, "number": stored(number) });
    let reached = Value::from(furthest.into_iter().map(row).collect::<Vec<_>>()).to_string();
    pool.run(sql::ADVANCE, &[&&key(process)[..], &process, &reached]).await.map(drop)
}
