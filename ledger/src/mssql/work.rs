//! What hosts are at: claimed, renewed, ended.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tidings_domain::Timestamp;
use uuid::Uuid;

use super::failure::Failure;
use super::pool::Pool;
use super::{first, millis, row, sql, stored};
use crate::{Claim, Claimed, End, Finish, Hold, State, Work};

pub(super) async fn claim(pool: &Pool, claim: &Claim, now: Timestamp) -> Result<Claimed, Failure> {
    let Claim { host, lease, most } = claim;
    let results = pool.run(sql::CLAIM, &[&now.millis(), host, &millis(*lease), &i64::from(*most)]).await?;
    let [time, taken] = results.as_slice() else {
        return Err(Failure::Foreign(format!("{} results instead of two", results.len())));
    };
    let time = time.first().ok_or_else(|| Failure::Foreign("it tells no time".into()))?;
    let mut work = Vec::with_capacity(taken.len());
    for row in taken {
        let since: (i64, i64) = (row::get(row, 0)?, row::get(row, 1)?);
        let (id, fence) = row::held(row, 2)?;
        let attempts = row::get::<i32>(row, 4)?.unsigned_abs();
        let hold = Hold { id, fence, attempts, promised: true, next_attempt_at: None };
        let text = row::find::<&str>(row, 5)?.unwrap_or_default().to_owned();
        work.push((since, Work { hold, text }));
    }
    // Rows come in no order.
    work.sort_unstable_by_key(|(since, _)| *since);
    let work = work.into_iter().map(|(_, work)| work).collect();
    Ok(Claimed { now: Timestamp::from_millis(row::get(time, 0)?), work })
}

/// The holds that count still.
async fn counted(
    pool: &Pool,
    sql: &str,
    given: &[&dyn tiberius::ToSql],
) -> Result<HashSet<(Uuid, u64)>, Failure> {
    first(pool.run(sql, given).await?).iter().map(|row| row::held(row, 0)).collect()
}

pub(super) async fn renew(
    pool: &Pool,
    holds: &[Hold],
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<Uuid>, Failure> {
    let all: Vec<_> =
        holds.iter().map(|hold| json!({ "id": hold.id, "fence": stored(hold.fence) })).collect();
    let all = Value::from(all).to_string();
    let renewed = counted(pool, sql::RENEW, &[&now.millis(), &all, &millis(lease)]).await?;
    let lost = holds.iter().filter(|hold| !renewed.contains(&(hold.id, hold.fence)));
    Ok(lost.map(|hold| hold.id).collect())
}

pub(super) async fn finish(pool: &Pool, ends: &[End], now: Timestamp) -> Result<Vec<bool>, Failure> {
    // Of several ends of one hold the first counts.
    let mut seen = HashSet::new();
    let firsts: Vec<bool> = ends.iter().map(|end| seen.insert((end.hold.id, end.hold.fence))).collect();
    let all: Vec<_> =
        ends.iter().zip(&firsts).filter(|(_, first)| **first).map(|(end, _)| ended(end)).collect();
    let all = Value::from(all).to_string();
    let counted = counted(pool, sql::FINISH, &[&now.millis(), &all]).await?;
    let counts = |(end, first): (&End, bool)| first && counted.contains(&(end.hold.id, end.hold.fence));
    Ok(ends.iter().zip(firsts).map(counts).collect())
}

/// An end as `sql/finish.sql` reads it.
fn ended(End { hold, finish }: &End) -> Value {
    let (state, rest) = match finish {
        Finish::Appended { position, outcome } => {
            (State::Succeeded, json!({ "position": position.to_string(), "outcome": outcome }))
        }
        Finish::Unchanged { outcome } => (State::Succeeded, json!({ "outcome": outcome })),
        Finish::Refused { outcome } => (State::Rejected, json!({ "outcome": outcome })),
        Finish::Retry { error, after } => {
            (State::FailedRetryable, json!({ "why": error, "wait": millis(*after) }))
        }
        Finish::Failed { error, outcome } => {
            (State::FailedTerminal, json!({ "why": error, "outcome": outcome }))
        }
        Finish::LetGo { error } => match hold.next_attempt_at {
            Some(at) => (State::FailedRetryable, json!({ "why": error, "next_at": at.millis() })),
            None => (State::Received, json!({ "why": error })),
        },
    };
    let mut ended = json!({ "id": hold.id, "fence": stored(hold.fence), "state": state.as_str() });
    if let (Value::Object(ended), Value::Object(rest)) = (&mut ended, rest) {
        ended.extend(rest);
    }
    ended
}

pub(super) async fn take_over(pool: &Pool, host: Uuid, now: Timestamp) -> Result<u64, Failure> {
    Ok(first(pool.run(sql::TAKE_OVER, &[&now.millis(), &host]).await?).len() as u64)
}
