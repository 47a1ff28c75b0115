//! An entry as a row.

use std::fmt::Display;
use std::str::FromStr;

use tiberius::{FromSql, Row};
use tidings_domain::{Position, Timestamp};
use uuid::Uuid;

use super::failure::Failure;
use crate::{Entry, Reservation};

/// A row as an entry, its columns in the order in which all statements name them.
pub(super) fn entry(row: &Row) -> Result<Entry, Failure> {
    Ok(Entry {
        number: get::<i64>(row, 0)?.unsigned_abs(),
        id: get(row, 1)?,
        digest: get::<&[u8]>(row, 2)?.try_into().map_err(|error| unfit(row, 2, error))?,
        name: get::<&str>(row, 3)?.into(),
        actor: get(row, 4)?,
        promised: get(row, 5)?,
        state: parse(row, 6, get::<&str>(row, 6)?)?,
        attempts: get::<i32>(row, 7)?.unsigned_abs(),
        fence: get::<i64>(row, 8)?.unsigned_abs(),
        host: find(row, 9)?,
        lease_until: time(row, 10)?,
        next_attempt_at: time(row, 11)?,
        received_at: Timestamp::from_millis(get(row, 12)?),
        updated_at: Timestamp::from_millis(get(row, 13)?),
        last_error: find::<&str>(row, 14)?.map(Into::into),
        position: find::<&str>(row, 15)?.map(|at| parse(row, 15, at)).transpose()?,
        outcome: find::<&str>(row, 16)?.map(Into::into),
    })
}

/// A row as a reservation: name, holder, until.
pub(super) fn reservation(row: &Row) -> Result<Reservation, Failure> {
    Ok(Reservation { name: get::<&str>(row, 0)?.into(), holder: get(row, 1)?, until: time(row, 2)? })
}

/// The position, partition and number, that a row has from this column on.
pub(super) fn position(row: &Row, from: usize) -> Result<Position, Failure> {
    let partition = u16::try_from(get::<i32>(row, from)?).map_err(|error| unfit(row, from, error))?;
    Ok(Position::new(partition, get::<i64>(row, from + 1)?.unsigned_abs()))
}

/// The id and the fence that a row begins with, from this column on.
pub(super) fn held(row: &Row, from: usize) -> Result<(Uuid, u64), Failure> {
    Ok((get(row, from)?, get::<i64>(row, from + 1)?.unsigned_abs()))
}

fn time(row: &Row, column: usize) -> Result<Option<Timestamp>, Failure> {
    Ok(find::<i64>(row, column)?.map(Timestamp::from_millis))
}

fn parse<T: FromStr<Err: Display>>(row: &Row, column: usize, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error| unfit(row, column, error))
}

/// What stands in a column.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, Failure> {
    find(row, column)?.ok_or_else(|| unfit(row, column, "it is missing"))
}

/// What stands in a column, if anything does.
pub(super) fn find<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<Option<T>, Failure> {
    row.try_get(column).map_err(|error| unfit(row, column, error))
}

fn unfit(row: &Row, column: usize, why: impl Display) -> Failure {
    let name = row.columns().get(column).map_or("a column", |column| column.name());
    Failure::Unreadable(format!("the ledger has a row whose {name} cannot be read: {why}"))
}
