//! Keeps the data, and knows our statements.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use rusqlite::{Connection, ErrorCode, ffi};
use sqlparser::ast::{BinaryLength, CharacterLength, ColumnOption, DataType, Statement};

use super::batch::{Batch, Options};
use super::plan::{self, Step};
use super::tokens::{Answer, Kind, Refusal, Type};

/// Our statements, their data in SQLite, in memory, and no other statement.
pub(crate) struct Engine {
    data: Connection,
}

/// The server's own tables; of those of other schemas than `dbo`, which is 1, there is the name.
const SERVER: &str = "
    CREATE TABLE elsewhere (name TEXT NOT NULL, schema_id INTEGER NOT NULL);
    CREATE VIEW sys_tables AS
        SELECT name, 1 AS schema_id FROM sqlite_schema UNION ALL SELECT name, schema_id FROM elsewhere;
    CREATE TABLE sys_databases (name TEXT NOT NULL, compatibility_level INTEGER NOT NULL);
    INSERT INTO sys_databases VALUES ('master', 100), ('tidings', 130);
";

pub(crate) struct Ours {
    /// Each statement as it comes, with the name of its file.
    pub(crate) plans: HashMap<String, (String, Vec<Step>)>,
    /// The columns' types, by their names.
    pub(crate) types: HashMap<String, Type>,
}

/// Read once, where there is room on the stack: unoptimised, the parser needs much.
pub(crate) static OURS: LazyLock<Ours> =
    LazyLock::new(|| thread::Builder::new().stack_size(64 << 20).spawn(Ours::read).unwrap().join().unwrap());

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
        types.insert("compatibility".into(), Type { kind: Kind::Int, nullable: true });
        Self { plans, types }
    }
}

impl Engine {
    pub(crate) fn new() -> Self {
        let data = Connection::open_in_memory().unwrap();
        data.execute_batch(SERVER).unwrap();
        Self { data }
    }

    /// Changes the data behind the adapter's back, in SQLite's words.
    pub(crate) fn spoil(&self, sql: &str) {
        self.data.execute_batch(sql).unwrap();
    }

    /// Goes on with a batch to where others may take their turn. What came of it, where that is its end.
    pub(crate) fn advance(&mut self, batch: &mut Batch, options: &mut Options) -> Option<Answer> {
        let outcome = match batch.advance(&self.data, options)? {
            Ok(sets) => Ok(sets),
            Err(error) => {
                // As XACT_ABORT asks for.
                if !self.data.is_autocommit() {
                    self.data.execute_batch("ROLLBACK").unwrap();
                }
                Err(refusal(&error))
            }
        };
        Some(Answer { transaction: batch.had_transaction(), outcome })
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
