//! Changes of rows as SQL: for each table one statement a form, which is the set of columns that it changes,
//! whatever the number of rows. Their cells go as an array a column.

use std::fmt::Write as _;

use crate::{ApplyError, Column, Group, RowChange, Step, Table, Type, Value};

use super::cell::{self, Param};

/// A statement with its parameters.
pub(super) struct Write<'s> {
    pub(super) sql: String,
    pub(super) params: Vec<Param<'s>>,
}

/// The columns set, and the counters added to. A column that is set and added to is set to the sum.
struct Form {
    set: Vec<&'static str>,
    add: Vec<&'static str>,
}

impl Form {
    fn of(change: &RowChange) -> Self {
        Self { set: change.set.names().collect(), add: added(change).collect() }
    }

    fn is_of(&self, change: &RowChange) -> bool {
        change.set.names().eq(self.set.iter().copied()) && added(change).eq(self.add.iter().copied())
    }
}

fn added(change: &RowChange) -> impl Iterator<Item = &'static str> {
    change.add.names().filter(|column| !change.set.contains(column))
}

/// One row of a form.
type Row<'s> = (&'s [Value], &'s RowChange);

/// The statements that store the changes of a step.
pub(super) fn writes<'s>(schema: &str, group: &Group, step: &'s Step) -> Result<Vec<Write<'s>>, ApplyError> {
    let mut writes = Vec::new();
    for (name, rows) in step.changes.tables() {
        table_writes(schema, &table_of(group, name)?, rows.into_iter(), &mut writes)?;
    }
    Ok(writes)
}

/// The table of a group that has this name.
pub(super) fn table_of(group: &Group, name: &str) -> Result<Table, ApplyError> {
    let unknown = || ApplyError::Unfit(format!("group {} has no table {name}", group.name));
    group.tables().into_iter().find(|table| table.name == name).ok_or_else(unknown)
}

/// The statements that store changes of one table's rows.
pub(super) fn table_writes<'s>(
    schema: &str,
    table: &Table,
    rows: impl Iterator<Item = (&'s Vec<Value>, &'s RowChange)>,
    writes: &mut Vec<Write<'s>>,
) -> Result<(), ApplyError> {
    let mut fresh: Vec<&[Value]> = Vec::new();
    let mut forms: Vec<(Form, Vec<Row<'s>>)> = Vec::new();
    for (key, change) in rows {
        if key.len() != table.key.len() {
            return Err(unfit(table, format_args!("has no key of {} values", key.len())));
        }
        if change.fresh {
            fresh.push(key);
        }
        if !change.set.is_empty() || !change.add.is_empty() {
            match forms.iter_mut().find(|(form, _)| form.is_of(change)) {
                Some((_, rows)) => rows.push((key.as_slice(), change)),
                None => forms.push((Form::of(change), vec![(key.as_slice(), change)])),
            }
        }
    }
    if !fresh.is_empty() {
        writes.push(delete(schema, table, &fresh)?);
    }
    for (Form { set, add }, rows) in forms {
        writes.push(upsert(schema, table, &set, &add, &rows)?);
    }
    Ok(())
}

fn delete<'s>(schema: &str, table: &Table, keys: &[&'s [Value]]) -> Result<Write<'s>, ApplyError> {
    let name = table.name;
    let mut sql = format!("DELETE FROM {schema}.{name} t USING unnest(");
    let mut params = Vec::new();
    for (place, column) in table.key.iter().enumerate() {
        params.push(array(&mut sql, table, column, place, keys.iter().map(|key| &key[place]))?);
    }
    sql.push_str(") gone (");
    push_list(&mut sql, table.key.iter().map(|c| c.name));
    sql.push_str(") WHERE ");
    for (place, Column { name, .. }) in table.key.iter().enumerate() {
        let and = if place > 0 { " AND " } else { "" };
        let _ = write!(sql, "{and}t.{name} = gone.{name}");
    }
    Ok(Write { sql, params })
}

fn upsert<'s>(
    schema: &str,
    table: &Table,
    set: &[&'static str],
    add: &[&'static str],
    rows: &[Row<'s>],
) -> Result<Write<'s>, ApplyError> {
    let mut sql = format!("INSERT INTO {schema}.{} AS t (", table.name);
    let key = table.key.iter().map(|c| c.name);
    push_list(&mut sql, key.clone().chain(set.iter().chain(add).copied()));
    sql.push_str(") SELECT * FROM unnest(");
    let mut params = Vec::new();
    for (place, column) in table.key.iter().enumerate() {
        params.push(array(&mut sql, table, column, place, rows.iter().map(|(key, _)| &key[place]))?);
    }
    for name in set {
        let column = named(table, name)?;
        let place = params.len();
        if rows.iter().any(|(_, change)| change.add.contains(name)) {
            let sums =
                rows.iter().map(|(_, change)| sum(table, name, change)).collect::<Result<Vec<_>, _>>()?;
            params.push(numbers(&mut sql, table, column, place, sums)?);
        } else {
            params.push(array(&mut sql, table, column, place, rows.iter().map(|(_, c)| &c.set[name]))?);
        }
    }
    for name in add {
        let column = named(table, name)?;
        let amounts = rows.iter().map(|(_, change)| change.add[name]).collect();
        let place = params.len();
        params.push(numbers(&mut sql, table, column, place, amounts)?);
    }
    sql.push_str(") ON CONFLICT (");
    push_list(&mut sql, key);
    sql.push_str(") DO UPDATE SET ");
    for (place, name) in set.iter().enumerate() {
        let _ = write!(sql, "{}{name} = excluded.{name}", if place > 0 { ", " } else { "" });
    }
    for (place, name) in add.iter().enumerate() {
        let comma = if place + set.len() > 0 { ", " } else { "" };
        let _ = write!(sql, "{comma}{name} = t.{name} + excluded.{name}");
    }
    Ok(Write { sql, params })
}

/// Writes the place of an array into the SQL; the array.
fn array<'v>(
    sql: &mut String,
    table: &Table,
    column: &Column,
    place: usize,
    cells: impl Iterator<Item = &'v Value>,
) -> Result<Param<'v>, ApplyError> {
    let comma = if place > 0 { ", " } else { "" };
    let _ = write!(sql, "{comma}${}::{}[]", place + 1, cell::name(column.ty));
    let wrong = || unfit(table, format_args!("does not have such a value in {}", column.name));
    cell::column(column.ty, cells).ok_or_else(wrong)
}

/// As [`array`], of numbers made here.
fn numbers(
    sql: &mut String,
    table: &Table,
    column: &Column,
    place: usize,
    numbers: Vec<i64>,
) -> Result<Param<'static>, ApplyError> {
    if !matches!(column.ty, Type::Int | Type::Counter) {
        return Err(unfit(table, format_args!("has no counter {}", column.name)));
    }
    let comma = if place > 0 { ", " } else { "" };
    let _ = write!(sql, "{comma}${}::bigint[]", place + 1);
    Ok(Box::new(numbers))
}

fn sum(table: &Table, name: &str, change: &RowChange) -> Result<i64, ApplyError> {
    let amount = change.add.get(name).copied().unwrap_or(0);
    let sum = match change.set.get(name) {
        Some(Value::Int(start)) => start.checked_add(amount),
        _ => None,
    };
    sum.ok_or_else(|| unfit(table, format_args!("cannot have {amount} added to {name}")))
}

fn named<'t>(table: &'t Table, name: &str) -> Result<&'t Column, ApplyError> {
    let found = table.columns.iter().find(|column| column.name == name);
    found.ok_or_else(|| unfit(table, format_args!("has no column {name}")))
}

fn unfit(table: &Table, what: std::fmt::Arguments<'_>) -> ApplyError {
    ApplyError::Unfit(format!("table {} {what}", table.name))
}

fn push_list(sql: &mut String, names: impl Iterator<Item = &'static str>) {
    for (place, name) in names.enumerate() {
        sql.push_str(if place > 0 { ", " } else { "" });
        sql.push_str(name);
    }
}
