//! Keeps the data, and executes our statements.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, ffi};
use sqlparser::ast::{BinaryLength, CharacterLength, ColumnOption, DataType, Statement};

use super::plan::{self, Change, Step};
use super::tokens::{Answer, Kind, Refusal, Set, Type};
use super::wire::Call;

/// Our statements, their data in SQLite, in memory, and no other statement.
pub(crate) struct Engine {
    data: Connection,
}

struct Ours {
    /// Each statement as it comes, with the name of its file.
    plans: HashMap<String, (String, Vec<Step>)>,
    /// The columns' types, by their names.
    types: HashMap<String, Type>,
}

/// Read once, where there is room on the stack: unoptimised, the parser needs much.
static OURS: LazyLock<Ours> =
    LazyLock::new(|| thread::Builder::new().stack_size(64 << 20).spawn(Ours::read).unwrap().join().unwrap());

/// What a session has set.
#[derive(Default)]
pub(crate) struct Options(Vec<String>);

impl Options {
    fn has(&self, option: &str) -> bool {
        self.0.iter().any(|set| set == option)
    }
}

/// The folder of the statements.
pub(crate) fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/mssql/sql"))
}

/// All statements as they are sent, by the names of their files: those that go by the ledger's time with `clock.sql`
/// before them.
pub(crate) fn statements() -> Vec<(String, String)> {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let clock = read(&folder().join("clock.sql"));
    let mut all = Vec::new();
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let sql = read(&path);
        match sql.contains("@now") {
            _ if name == "clock" => {}
            true => all.push((name, format!("{clock}{sql}"))),
            false => all.push((name, sql)),
        }
    }
    all.sort();
    all
}

impl Ours {
    fn read() -> Self {
        let (mut plans, mut types) = (HashMap::new(), HashMap::new());
        for (name, sql) in statements() {
            let all = plan::plan(&sql).unwrap_or_else(|error| panic!("{name}.sql: {error}"));
            if name == "create" {
                plan::parse(&sql).unwrap().iter().for_each(|statement| find_types(statement, &mut types));
            }
            plans.insert(sql, (name, all));
        }
        let time = Type { kind: Kind::BigInt, nullable: true };
        types.extend(["now", "waiting"].map(|name| (name.to_owned(), time)));
        Self { plans, types }
    }
}

impl Engine {
    pub(crate) fn new() -> Self {
        LazyLock::force(&OURS);
        Self { data: Connection::open_in_memory().unwrap() }
    }

    /// Which of our statements it is.
    pub(crate) fn name(sql: &str) -> Option<&'static str> {
        OURS.plans.get(sql).map(|(name, _)| name.as_str())
    }

    /// Changes the data behind the adapter's back, in SQLite's words.
    pub(crate) fn spoil(&self, sql: &str) {
        self.data.execute_batch(sql).unwrap();
    }

    /// Executes one of our statements; an error undoes all of it, as XACT_ABORT asks for.
    pub(crate) fn execute(&mut self, options: &mut Options, call: Call) -> Answer {
        let Call { sql, given } = call;
        let Some((name, plan)) = OURS.plans.get(&sql) else {
            let unknown = Refusal::new(50_001, 16, format!("the double knows no such statement: {sql}"));
            return Answer { transaction: false, outcome: Err(unknown) };
        };
        let greeted = options.has("SET XACT_ABORT ON") && options.has("SET LOCK_TIMEOUT 1500");
        assert!(name == "session" || greeted, "a session begins with session.sql");
        let variables = given.into_iter().collect();
        let mut run = Run { engine: self, options, variables, transaction: false, sets: Vec::new() };
        let done = run.all(plan);
        let Run { transaction, sets, .. } = run;
        let open = !self.data.is_autocommit();
        assert!(done.is_err() || !open, "{name}.sql leaves a transaction open");
        if open {
            self.data.execute_batch("ROLLBACK").unwrap();
        }
        Answer { transaction, outcome: done.map(|()| sets).map_err(|error| refusal(&error)) }
    }
}

/// A batch on its way.
struct Run<'a> {
    engine: &'a Engine,
    options: &'a mut Options,
    variables: HashMap<String, Value>,
    transaction: bool,
    sets: Vec<Set>,
}

impl Run<'_> {
    fn all(&mut self, steps: &[Step]) -> rusqlite::Result<()> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> rusqlite::Result<()> {
        match step {
            Step::Option(option) => self.options.0.push(option.clone()),
            Step::Begin => {
                self.transaction = true;
                self.engine.data.execute_batch("BEGIN")?;
            }
            Step::Commit => self.engine.data.execute_batch("COMMIT")?,
            Step::Lock => assert!(!self.engine.data.is_autocommit(), "such a lock is a transaction's"),
            Step::Declare { name, value } => {
                let value = value.as_ref().map(|value| self.one(&format!("SELECT {value}"))).transpose()?;
                self.variables.insert(name.clone(), value.unwrap_or(Value::Null));
            }
            Step::Assign { name, select } => {
                let value = self.one(select)?;
                self.variables.insert(name.clone(), value);
            }
            Step::Select(sql) => {
                let set = self.select(sql)?;
                self.sets.push(set);
            }
            Step::Run(sql) => drop(self.rows(sql)?),
            Step::If { condition, steps } => {
                if self.one(&format!("SELECT {condition}"))? == Value::Integer(1) {
                    self.all(steps)?;
                }
            }
            Step::Change(change) => self.change(change)?,
        }
        Ok(())
    }

    /// The names of the columns, and the rows. A variable that was not declared is an error.
    fn rows(&self, sql: &str) -> rusqlite::Result<(Vec<String>, Vec<Vec<Value>>)> {
        let mut statement = self.engine.data.prepare_cached(sql)?;
        for parameter in 1..=statement.parameter_count() {
            let name = statement.parameter_name(parameter).unwrap().to_owned();
            let value = self.variables.get(&name).unwrap_or_else(|| panic!("{name} is not declared: {sql}"));
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

    fn change(&mut self, Change { table, select, set, output }: &Change) -> rusqlite::Result<()> {
        let (_, rows) = self.rows(select)?;
        let mut told = Set {
            columns: self.typed(output.iter().map(|(_, column)| column.clone()).collect()),
            rows: Vec::new(),
        };
        // All or nothing, also outside of a transaction.
        self.engine.data.execute_batch("SAVEPOINT change")?;
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
        self.engine.data.execute_batch(end)?;
        if !output.is_empty() && done.is_ok() {
            self.sets.push(told);
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
        let data = &self.engine.data;
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

/// SQLite's error in the server's numbers.
fn refusal(error: &rusqlite::Error) -> Refusal {
    let message = error.to_string();
    let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
    let number = match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE => 2601,
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY => 2627,
        ffi::SQLITE_CONSTRAINT_CHECK => 547,
        ffi::SQLITE_CONSTRAINT_NOTNULL => 515,
        _ if message.contains("no such table") => 208,
        _ if message.contains("no such column") => 207,
        _ => panic!("{message} ({:?})", error.sqlite_error_code().unwrap_or(ErrorCode::Unknown)),
    };
    Refusal::new(number, if number == 2601 || number == 2627 { 14 } else { 16 }, message)
}

fn find_types(statement: &Statement, types: &mut HashMap<String, Type>) {
    match statement {
        Statement::If(block) => {
            block.if_block.statements().iter().for_each(|statement| find_types(statement, types));
        }
        Statement::CreateTable(table) => {
            for column in &table.columns {
                let nullable = column.options.iter().any(|option| option.option == ColumnOption::Null);
                let of = Type { kind: kind(&column.data_type), nullable };
                let before = types.insert(column.name.to_string(), of);
                assert!(before.is_none_or(|before| before == of), "two columns {}", column.name);
            }
        }
        _ => {}
    }
}

fn kind(of: &DataType) -> Kind {
    let short = |length: u64| u16::try_from(length).unwrap();
    match of {
        DataType::Bit(None) => Kind::Bit,
        DataType::Int(None) => Kind::Int,
        DataType::BigInt(None) => Kind::BigInt,
        DataType::Binary(Some(length)) => Kind::Binary(short(*length)),
        DataType::Varchar(Some(CharacterLength::IntegerLength { length, .. })) => {
            Kind::VarChar(short(*length))
        }
        DataType::Nvarchar(Some(CharacterLength::IntegerLength { length, .. })) => {
            Kind::NVarChar(Some(short(*length)))
        }
        DataType::Nvarchar(Some(CharacterLength::Max)) => Kind::NVarChar(None),
        DataType::Varbinary(Some(BinaryLength::Max)) => panic!("not used"),
        DataType::Custom(name, _) if name.to_string() == "uniqueidentifier" => Kind::Guid,
        other => panic!("{other}"),
    }
}

#[test]
fn a_statement_that_is_not_ours_is_refused() {
    let call = Call { sql: "SELECT 1".into(), given: Vec::new() };
    let outcome = Engine::new().execute(&mut Options::default(), call).outcome;
    assert!(matches!(outcome, Err(Refusal { number: 50_001, .. })), "{outcome:?}");
}
