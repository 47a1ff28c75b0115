//! Filling a shadow: rows that it cannot have yet go by COPY, which is several times faster than an upsert.

use std::pin::pin;

use bytes::{BufMut, Bytes, BytesMut};
use fastbloom::AtomicBloomFilter;
use futures_util::SinkExt;
use tokio_postgres::Client;
use tokio_postgres::types::{IsNull, ToSql, Type as Sql, to_sql_checked};

use crate::{ApplyError, Group, RowChange, Step, Table, Type, Value};

use super::cell::{self, system_time};
use super::failure::Failure;
use super::upsert::{self, Write};

/// Which rows a shadow has been given. It may take a row for given that was not, and never the other way round.
pub(super) struct Filling(AtomicBloomFilter);

/// 16 MiB: one row in a thousand is taken for given at ten million rows, one in ten at forty.
const BITS: usize = 16 << 23;
const HASHES: u32 = 6;

/// Rows of one table that it does not have.
pub(super) struct NewRows<'s> {
    table: Table,
    rows: Vec<Vec<Cell<'s>>>,
}

/// What a step writes into a shadow.
#[derive(Default)]
pub(super) struct Writes<'s> {
    /// What goes by COPY.
    pub(super) new: Vec<NewRows<'s>>,
    /// What goes by statements.
    pub(super) others: Vec<Write<'s>>,
}

impl Filling {
    /// Of a shadow that has no row.
    pub(super) fn new() -> Self {
        Self(AtomicBloomFilter::with_num_bits(BITS).seed(&0).hashes(HASHES))
    }

    /// How a step is written. From now on its rows count as given, whether it is stored or not.
    pub(super) fn writes<'s>(
        &self,
        schema: &str,
        group: &Group,
        step: &'s Step,
    ) -> Result<Writes<'s>, ApplyError> {
        let mut writes = Writes::default();
        for (name, rows) in step.changes.tables() {
            let table = upsert::table_of(group, name)?;
            let (mut new, mut others) = (Vec::new(), Vec::new());
            for (key, change) in rows {
                let given = self.0.insert(&(name, key));
                match whole(&table, key, change) {
                    Some(row) if !given => new.extend(row),
                    _ => others.push((key, change)),
                }
            }
            upsert::table_writes(schema, &table, others.into_iter(), &mut writes.others)?;
            if !new.is_empty() {
                writes.new.push(NewRows { table, rows: new });
            }
        }
        Ok(writes)
    }
}

/// A row that is not there yet, after a change: all its cells, or nothing where it is deleted again. `None` where the
/// change does not fit the table; what is wrong with it is for the upsert to say.
#[expect(clippy::option_option, reason = "no row is not the same as no answer")]
fn whole<'s>(table: &Table, key: &'s [Value], change: &'s RowChange) -> Option<Option<Vec<Cell<'s>>>> {
    if key.len() != table.key.len() {
        return None;
    }
    if change.set.is_empty() && change.add.is_empty() {
        return Some(None);
    }
    let mut cells = Vec::with_capacity(table.key.len() + table.columns.len());
    for (column, value) in table.key.iter().zip(key) {
        cells.push(Cell::of(column.ty, value)?);
    }
    let mut used = 0;
    for column in table.columns {
        let (set, add) = (change.set.get(column.name), change.add.get(column.name));
        used += usize::from(set.is_some()) + usize::from(add.is_some());
        cells.push(match (set, add) {
            (Some(value), None) => Cell::of(column.ty, value)?,
            (Some(Value::Int(start)), Some(amount)) => Cell::sum(column.ty, start.checked_add(*amount)?)?,
            (Some(_), Some(_)) => return None,
            (None, Some(amount)) if column.ty == Type::Counter => Cell::sum(column.ty, *amount)?,
            (None, Some(_)) => return None,
            (None, None) => Cell::default_of(column.ty),
        });
    }
    (used == change.set.len() + change.add.len()).then_some(Some(cells))
}

/// A cell on its way.
#[derive(Debug)]
enum Cell<'s> {
    Value(&'s Value),
    Int(i64),
    Bool(bool),
    Null,
}

impl<'s> Cell<'s> {
    /// Where it is of the column's type.
    fn of(ty: Type, value: &'s Value) -> Option<Self> {
        let fits = match (ty, value) {
            (_, Value::Null) => !matches!(ty, Type::Counter | Type::Flag),
            (Type::Uuid, Value::Uuid(_))
            | (Type::Text, Value::Text(_))
            | (Type::Int | Type::Counter, Value::Int(_))
            | (Type::Flag, Value::Bool(_))
            | (Type::Time, Value::Time(_)) => true,
            _ => false,
        };
        fits.then_some(Self::Value(value))
    }

    fn sum(ty: Type, sum: i64) -> Option<Self> {
        matches!(ty, Type::Int | Type::Counter).then_some(Self::Int(sum))
    }

    fn default_of(ty: Type) -> Self {
        match ty {
            Type::Counter => Self::Int(0),
            Type::Flag => Self::Bool(false),
            Type::Uuid | Type::Text | Type::Int | Type::Time => Self::Null,
        }
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(
        &self,
        ty: &Sql,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null | Self::Value(Value::Null) => Ok(IsNull::Yes),
            Self::Int(number) | Self::Value(Value::Int(number)) => number.to_sql(ty, out),
            Self::Bool(truth) | Self::Value(Value::Bool(truth)) => truth.to_sql(ty, out),
            Self::Value(Value::Text(text)) => text.as_str().to_sql(ty, out),
            Self::Value(Value::Uuid(id)) => id.to_sql(ty, out),
            Self::Value(Value::Time(time)) => system_time(*time).to_sql(ty, out),
        }
    }

    fn accepts(_: &Sql) -> bool {
        // What does not fit its column is no cell.
        true
    }

    to_sql_checked!();
}

/// About how many bytes of rows are sent at a time, and how many where others want the processors: a server has done with
/// them in less than a millisecond.
const PIECE: usize = 256 << 10;
const BITE: usize = 32 << 10;

/// Copies rows into a table that does not have them, in the transaction that the client is in.
///
/// `gently`: little at a time, and the next when the server has done with the last; else the next while it works.
pub(super) async fn copy(
    client: &Client,
    schema: &str,
    new: &NewRows<'_>,
    gently: bool,
) -> Result<(), Failure> {
    let NewRows { table, rows } = new;
    let columns: Vec<_> = table.key.iter().chain(table.columns).collect();
    let names = columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let types: Vec<Sql> = columns.iter().map(|column| cell::sql(column.ty)).collect();
    let sql = format!("COPY {schema}.{} ({names}) FROM STDIN BINARY", table.name);
    let statement = client.prepare(&sql).await?;
    let mut pieces = Pieces { types: &types, rows, bytes: if gently { BITE } else { PIECE } };
    while !pieces.rows.is_empty() {
        let mut sink = pin!(client.copy_in(&statement).await?);
        sink.send(Bytes::from_static(HEADER)).await?;
        loop {
            sink.send(pieces.next()?).await?;
            if gently || pieces.rows.is_empty() {
                break;
            }
        }
        sink.send(Bytes::from_static(TRAILER)).await?;
        sink.finish().await?;
    }
    Ok(())
}

/// What stands before the rows, and what behind them: see "Binary Format" at COPY in PostgreSQL's manual.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: &[u8] = b"\xff\xff";

/// Rows on their way, piece by piece.
struct Pieces<'r, 's> {
    types: &'r [Sql],
    /// Those that are left.
    rows: &'r [Vec<Cell<'s>>],
    bytes: usize,
}

impl Pieces<'_, '_> {
    fn next(&mut self) -> Result<Bytes, Failure> {
        let mut piece = BytesMut::with_capacity(self.bytes + self.bytes / 4);
        while let Some((row, rest)) = self.rows.split_first()
            && piece.len() < self.bytes
        {
            self.write(row, &mut piece).map_err(|e| Failure::Unfit(format!("a row cannot be sent: {e}")))?;
            self.rows = rest;
        }
        Ok(piece.freeze())
    }

    /// How many cells, then each behind its length, which is -1 for none.
    fn write(
        &self,
        row: &[Cell<'_>],
        piece: &mut BytesMut,
    ) -> Result<(), Box<dyn std::error::Error + Sync + Send>> {
        piece.put_i16(i16::try_from(row.len())?);
        for (cell, ty) in row.iter().zip(self.types) {
            let start = piece.len();
            piece.put_i32(-1);
            if let IsNull::No = cell.to_sql(ty, piece)? {
                let length = i32::try_from(piece.len() - start - 4)?;
                piece[start..start + 4].copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(())
    }
}
