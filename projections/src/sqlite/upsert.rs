//! One row's change as SQL: a statement for each table and set of columns, kept prepared.

use std::fmt::Write;

use rusqlite::{CachedStatement, Connection};

use crate::{ApplyError, RowChange, Table, Value};

use super::cell::bind;
use super::connect::unwritten;

/// Writes changes of rows. Rows of one table come together and mostly change the same columns: the last
/// statement is kept for the next row of its form.
pub(super) struct Upserts<'c> {
    connection: &'c Connection,
    sql: String,
    last: Option<CachedStatement<'c>>,
    /// What the last upsert's SQL was made of: the table, the columns set, the counters added to.
    form: Vec<&'static str>,
}

impl<'c> Upserts<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, sql: String::new(), last: None, form: Vec::new() }
    }

    /// Stores the change of one row.
    pub(super) fn write(
        &mut self,
        table: &Table,
        key: &[Value],
        change: &RowChange,
    ) -> Result<(), ApplyError> {
        if key.len() != table.key.len() {
            return Err(ApplyError::Unfit(format!("a key of {} values for table {}", key.len(), table.name)));
        }
        if change.fresh {
            self.delete(table, key)?;
        }
        if change.set.is_empty() && change.add.is_empty() {
            return Ok(());
        }
        self.upsert(table, key, change)
    }

    fn delete(&mut self, table: &Table, key: &[Value]) -> Result<(), ApplyError> {
        self.sql.clear();
        self.form.clear();
        let _ = write!(self.sql, "DELETE FROM {} WHERE", table.name);
        for (place, column) in table.key.iter().enumerate() {
            let and = if place > 0 { " AND" } else { "" };
            let _ = write!(self.sql, "{and} {} = ?", column.name);
        }
        self.prepare()?;
        self.run(key.iter())
    }

    fn upsert(&mut self, table: &Table, key: &[Value], change: &RowChange) -> Result<(), ApplyError> {
        // A column that is set and added to is set to the sum.
        let mut sums = Vec::new();
        for (column, amount) in &change.add {
            if let Some(start) = change.set.get(column) {
                sums.push((*column, sum(start, *amount, table, column)?));
            }
        }
        let set = |column: &&'static str| sums.iter().find(|(c, _)| c == column).map(|(_, sum)| sum);
        let added = || change.add.iter().filter(|(column, _)| !change.set.contains(column));

        let columns = change.set.names().chain(["+"]).chain(added().map(|(column, _)| *column));
        if !self.form.iter().copied().eq([table.name].into_iter().chain(columns.clone())) {
            self.form.clear();
            self.form.push(table.name);
            self.form.extend(columns);
            self.write_upsert(table, change);
            self.prepare()?;
        }

        let amounts: Vec<Value> = added().map(|(_, amount)| Value::Int(*amount)).collect();
        let set = change.set.iter().map(|(column, value)| set(column).unwrap_or(value));
        self.run(key.iter().chain(set).chain(&amounts))
    }

    fn write_upsert(&mut self, table: &Table, change: &RowChange) {
        let added = || change.add.names().filter(|column| !change.set.contains(column));
        let sql = &mut self.sql;
        sql.clear();
        let _ = write!(sql, "INSERT INTO {} (", table.name);
        let mut count = 0;
        let names = table.key.iter().map(|c| c.name).chain(change.set.names());
        for name in names.chain(added()) {
            sql.push_str(if count > 0 { ", " } else { "" });
            sql.push_str(name);
            count += 1;
        }
        sql.push_str(") VALUES (?");
        for _ in 1..count {
            sql.push_str(", ?");
        }
        sql.push_str(") ON CONFLICT DO UPDATE SET ");
        let mut comma = "";
        for column in change.set.names() {
            let _ = write!(sql, "{comma}{column} = excluded.{column}");
            comma = ", ";
        }
        for column in added() {
            let _ = write!(sql, "{comma}{column} = {column} + excluded.{column}");
            comma = ", ";
        }
    }

    fn prepare(&mut self) -> Result<(), ApplyError> {
        // The tables have the group's shape: a statement that does not fit them is the projection's fault.
        let unfit = |e: rusqlite::Error| ApplyError::Unfit(e.to_string());
        // Given back first, so that the cache has it.
        self.last = None;
        self.last = Some(self.connection.prepare_cached(&self.sql).map_err(unfit)?);
        Ok(())
    }

    fn run<'v>(&mut self, values: impl Iterator<Item = &'v Value>) -> Result<(), ApplyError> {
        let none = || ApplyError::Unavailable("no statement is prepared".into());
        let statement = self.last.as_mut().ok_or_else(none)?;
        for (place, value) in (1..).zip(values) {
            bind(statement, place, value).map_err(|e| unwritten(&e))?;
        }
        statement.raw_execute().map_err(|e| unwritten(&e))?;
        Ok(())
    }
}

fn sum(start: &Value, amount: i64, table: &Table, column: &str) -> Result<Value, ApplyError> {
    let sum = match start {
        Value::Int(start) => start.checked_add(amount),
        _ => None,
    };
    let unfit = || ApplyError::Unfit(format!("{amount} cannot be added to {}.{column}", table.name));
    sum.map(Value::Int).ok_or_else(unfit)
}
