//! The proof: two read models at the same positions, held against each other row by row.

mod digest;
mod report;
mod side;

use std::cmp::Ordering;

use tidings_projections::{Column, Group, Moment, Parked, ReadModelError, Table};

use crate::Options;

pub use self::digest::Digest;
pub use self::report::{Cell, Comparison, Difference, Kind, TableComparison};
use self::side::{Row, Side, fill};

/// Compares all tables of a group, and its parked events, in the read model in use and in the new one. Of the rows that
/// differ the first `limit` of each table are kept.
///
/// Only columns that both have are compared; columns and tables that one of them lacks are told. It holds a page of each
/// side in memory, and reads the next of both at the same time where more than one thing may be done at a time.
///
/// # Errors
/// When one of them does not answer.
pub async fn compare(
    live: &mut dyn Moment,
    new: &mut dyn Moment,
    group: &Group,
    limit: usize,
    options: &Options,
) -> Result<Comparison, ReadModelError> {
    let mut tables = Vec::new();
    for table in group.tables() {
        tables.push(compare_table(live, new, &table, limit, options).await?);
    }
    let mut tables_gone = live.tables().await?;
    tables_gone.retain(|name| !tables.iter().any(|known| known.table == name));
    let parked = |moment: &dyn Moment| {
        let mut parked: Vec<Parked> = moment.parked().to_vec();
        parked.sort_by_key(|parked| (parked.position, parked.index));
        parked
    };
    let numbers = new.checkpoint().numbers.clone();
    Ok(Comparison { numbers, tables, tables_gone, parked: (parked(live), parked(new)) })
}

async fn compare_table(
    live: &mut dyn Moment,
    new: &mut dyn Moment,
    table: &Table,
    limit: usize,
    options: &Options,
) -> Result<TableComparison, ReadModelError> {
    let known: Vec<&'static str> = table.key.iter().chain(table.columns).map(|column| column.name).collect();
    let there = live.columns(table.name).await?;
    let missing = |name: &&&str| !there.iter().any(|found| found == **name);
    let mut comparison = TableComparison {
        table: table.name,
        live: Digest::default(),
        new: Digest::default(),
        columns_added: known.iter().filter(missing).map(|name| (*name).to_owned()).collect(),
        columns_gone: there.iter().filter(|name| !known.contains(&name.as_str())).cloned().collect(),
        only_live: 0,
        only_new: 0,
        changed: 0,
        first: Vec::new(),
    };
    let both = |column: &&Column| there.iter().any(|found| found == column.name);
    let columns: Vec<Column> = table.columns.iter().filter(both).copied().collect();
    // Without its key the rows of a table cannot be told apart.
    let comparable = table.key.iter().all(|column| there.iter().any(|found| found == column.name));
    let mut new = Side::new(new, *table, &columns, options);
    if !comparable {
        let none: &mut dyn Moment = &mut side::Nothing::default();
        let mut none = Side::new(none, *table, &columns, options);
        walk(&mut none, &mut new, &mut comparison, 0, options).await?;
        return Ok(comparison);
    }
    let mut live = Side::new(live, *table, &columns, options);
    walk(&mut live, &mut new, &mut comparison, limit, options).await?;
    Ok(comparison)
}

/// Goes through both in order of the key.
async fn walk(
    live: &mut Side<'_>,
    new: &mut Side<'_>,
    comparison: &mut TableComparison,
    limit: usize,
    options: &Options,
) -> Result<(), ReadModelError> {
    loop {
        fill(live, new, options.workers > 1).await?;
        let order = match (live.peek(), new.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(live), Some(new)) => live.key().cmp(new.key()),
        };
        let found = match order {
            Ordering::Less => live.take(&mut comparison.live).map(|row| {
                comparison.only_live += 1;
                difference(&row, Kind::OnlyLive(row.cells()))
            }),
            Ordering::Greater => new.take(&mut comparison.new).map(|row| {
                comparison.only_new += 1;
                difference(&row, Kind::OnlyNew(row.cells()))
            }),
            Ordering::Equal => {
                let (live, new) = (live.take(&mut comparison.live), new.take(&mut comparison.new));
                live.zip(new).and_then(|(live, new)| {
                    let changed = live.changes(&new);
                    comparison.changed += u64::from(!changed.is_empty());
                    (!changed.is_empty()).then(|| difference(&new, Kind::Changed(changed)))
                })
            }
        };
        if comparison.first.len() < limit {
            comparison.first.extend(found);
        }
    }
}

fn difference(row: &Row<'_>, kind: Kind) -> Difference {
    Difference { key: row.named_key(), kind }
}
