//! Executes a statement of ours, step by step.

use std::collections::HashMap;
use std::mem::take;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::engine::OURS;
use super::plan::{Change, ROWCOUNT, Step};
use super::tokens::{Refusal, Set, Type};
use super::wire::Call;

/// What a session has set.
#[derive(Default)]
pub(crate) struct Options(Vec<String>);

impl Options {
    fn has(&self, option: &str) -> bool {
        self.0.iter().any(|set| set == option)
    }
}

/// A batch on its way.
pub(crate) struct Batch {
    name: &'static str,
    steps: std::slice::Iter<'static, Step>,
    variables: HashMap<String, Value>,
    transaction: bool,
    sets: Vec<Set>,
}

impl Batch {
    pub(crate) fn new(Call { sql, given }: Call) -> Result<Self, Refusal> {
        let unknown = || Refusal::new(50_001, 16, format!("the double knows no such statement: {sql}"));
        let (name, steps) = OURS.plans.get(&sql).ok_or_else(unknown)?;
        let variables = given.into_iter().collect();
        Ok(Self { name, steps: steps.iter(), variables, transaction: false, sets: Vec::new() })
    }

    /// The name of its file.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it begins one.
    pub(crate) fn has_transaction(&self) -> bool {
        self.steps.clone().any(|step| matches!(step, Step::Begin))
    }

    pub(crate) fn had_transaction(&self) -> bool {
        self.transaction
    }

    /// Goes on with whole transactions, a statement outside of one being one, to where others may take their turn.
    pub(crate) fn advance(
        &mut self,
        data: &Connection,
        options: &mut Options,
    ) -> Option<rusqlite::Result<Vec<Set>>> {
        let greeted = options.has("SET XACT_ABORT ON") && options.has("SET LOCK_TIMEOUT 900");
        assert!(self.name == "session" || greeted, "a session begins with session.sql");
        while let Some(step) = self.steps.next() {
            let done = Run { batch: self, data, options }.step(step);
            if let Err(error) = done {
                return Some(Err(error));
            }
            if data.is_autocommit() && !matches!(step, Step::Declare { .. } | Step::Option(_)) {
                return None;
            }
        }
        assert!(data.is_autocommit(), "{}.sql leaves a transaction open", self.name);
        Some(Ok(take(&mut self.sets)))
    }
}

/// A batch that has its turn.
struct Run<'a> {
    batch: &'a mut Batch,
    data: &'a Connection,
    options: &'a mut Options,
}

impl Run<'_> {
    fn step(&mut self, step: &Step) -> rusqlite::Result<()> {
        match step {
            Step::Option(option) => self.options.0.push(option.clone()),
            Step::Begin => {
                self.batch.transaction = true;
                self.data.execute_batch("BEGIN")?;
            }
            Step::Commit => self.data.execute_batch("COMMIT")?,
            Step::Lock => assert!(!self.data.is_autocommit(), "such a lock is a transaction's"),
            Step::Declare { name, value } => {
                let value = value.as_ref().map(|value| self.one(&format!("SELECT {value}"))).transpose()?;
                self.batch.variables.insert(name.clone(), value.unwrap_or(Value::Null));
            }
            Step::Assign { name, select } => {
                let value = self.one(select)?;
                self.batch.variables.insert(name.clone(), value);
            }
            Step::Select(sql) => {
                let set = self.select(sql)?;
                self.batch.sets.push(set);
            }
            Step::Run(sql) => drop(self.rows(sql)?),
            Step::If { condition, steps } => {
                if self.one(&format!("SELECT {condition}"))? == Value::Integer(1) {
                    steps.iter().try_for_each(|step| self.step(step))?;
                }
            }
            Step::Change(change) => self.change(change)?,
            Step::Throw(what) => panic!("{what}: here nobody else is at work"),
        }
        Ok(())
    }

    /// The names of the columns, and the rows. A variable that was not declared is an error.
    fn rows(&self, sql: &str) -> rusqlite::Result<(Vec<String>, Vec<Vec<Value>>)> {
        let mut statement = self.data.prepare_cached(sql)?;
        for parameter in 1..=statement.parameter_count() {
            let name = statement.parameter_name(parameter).unwrap().to_owned();
            let value =
                self.batch.variables.get(&name).unwrap_or_else(|| panic!("{name} is not declared: {sql}"));
            statement.raw_bind_parameter(parameter, value)?;
        }
        let names: Vec<String> = statement.column_names().map(Into::into).collect();
        let mut all = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            all.push((0..names.len()).map(|column| row.get(column)).collect::<Result<_, _>>()?);
        }
        Ok((names, all))
    }

    /// The value of a query of one column; none where there is no row, as an assignment leaves a variable as it was.
    fn one(&self, sql: &str) -> rusqlite::Result<Value> {
        let (_, rows) = self.rows(sql)?;
        Ok(rows.into_iter().next().map_or(Value::Null, |mut row| row.remove(0)))
    }

    fn typed(&self, names: Vec<String>) -> Vec<(String, Type)> {
        let of = |name: &String| *OURS.types.get(name).unwrap_or_else(|| panic!("what is {name}?"));
        names.into_iter().map(|name| (name.clone(), of(&name))).collect()
    }

    fn select(&self, sql: &str) -> rusqlite::Result<Set> {
        let (names, rows) = self.rows(sql)?;
        Ok(Set { columns: self.typed(names), rows })
    }

    fn change(&mut self, Change { table, select, set, assigned, output }: &Change) -> rusqlite::Result<()> {
        let (_, rows) = self.rows(select)?;
        self.batch.variables.insert(ROWCOUNT.into(), Value::Integer(rows.len() as i64));
        if let (Some((variable, column)), Some(row)) = (assigned, rows.last()) {
            let at = 1 + set.iter().position(|set| set == column).unwrap();
            self.batch.variables.insert(variable.clone(), row[at].clone());
        }
        let mut told = Set {
            columns: self.typed(output.iter().map(|(_, column)| column.clone()).collect()),
            rows: Vec::new(),
        };
        // All or nothing, also outside of a transaction.
        self.data.execute_batch("SAVEPOINT change")?;
        let done = rows.into_iter().try_for_each(|mut row| {
            let old = row.split_off(1 + set.len());
            let (rowid, values) = row.split_first().unwrap();
            let (mut old, mut now) =
                (old.into_iter(), self.apply(table, set, values, rowid, output)?.into_iter());
            let value = |(was, _): &(bool, String)| if *was { old.next() } else { now.next() }.unwrap();
            told.rows.push(output.iter().map(value).collect());
            Ok(())
        });
        let end = if done.is_ok() { "RELEASE change" } else { "ROLLBACK TO change; RELEASE change" };
        self.data.execute_batch(end)?;
        if !output.is_empty() && done.is_ok() {
            self.batch.sets.push(told);
        }
        done
    }

    /// Changes a row; what is told of it as it is now.
    fn apply(
        &self,
        table: &str,
        set: &[String],
        values: &[Value],
        rowid: &Value,
        output: &[(bool, String)],
    ) -> rusqlite::Result<Vec<Value>> {
        let data = &self.data;
        if set.is_empty() {
            data.prepare_cached(&format!("DELETE FROM {table} WHERE rowid = ?"))?.execute([rowid])?;
            return Ok(Vec::new());
        }
        let all: Vec<_> = set.iter().map(|column| format!("{column} = ?")).collect();
        data.prepare_cached(&format!("UPDATE {table} SET {} WHERE rowid = ?", all.join(", ")))?
            .execute(rusqlite::params_from_iter(values.iter().chain([rowid])))?;
        let now: Vec<_> = output.iter().filter(|(was, _)| !was).map(|(_, column)| column.as_str()).collect();
        if now.is_empty() {
            return Ok(Vec::new());
        }
        data.prepare_cached(&format!("SELECT {} FROM {table} WHERE rowid = ?", now.join(", ")))?
            .query_row([rowid], |row| (0..now.len()).map(|column| row.get(column)).collect())
    }
}

#[test]
fn a_statement_that_is_not_ours_is_refused() {
    let refused = Batch::new(Call { sql: "SELECT 1".into(), given: Vec::new() }).err().unwrap();
    assert_eq!(refused.number, 50_001);
}
