//! The rows of a read model, to be compared with those of another.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tidings_projections::sqlite::Generations;
use tidings_projections::{Column, Reader, Select, Type, Value, social};

/// All rows of all tables, sorted, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables(BTreeMap<String, Vec<Vec<Cell>>>);

/// A column's name and its value.
type Cell = (String, String);

impl Tables {
    /// Those of the read model in use in a folder.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn of(folder: &Path) -> Self {
        let generations = Generations::new(folder);
        let file = generations.file(generations.current().unwrap().expect("a read model is in use"));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(&file, flags).unwrap();
        // One transaction: all of one moment.
        let connection = connection.unchecked_transaction().unwrap();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut names = connection.prepare(names).unwrap();
        let names = names.query_map((), |row| row.get::<_, String>(0)).unwrap();
        Self(names.map(Result::unwrap).map(|name| (name.clone(), rows(&connection, &name))).collect())
    }

    /// Those that the group declares, and its checkpoints, as a reader shows them: of any store, with the values of
    /// each column written alike.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn shown_by(reader: &dyn Reader) -> Self {
        let mut tables = BTreeMap::new();
        let plain = |name: &'static str| Column { name, ty: Type::Int, about: "" };
        let checkpoints = ("checkpoints", vec![plain("partition"), plain("number")]);
        let declared = social::group().tables().into_iter();
        let declared = declared.map(|t| (t.name, t.key.iter().chain(t.columns).copied().collect()));
        for (table, columns) in declared.chain([checkpoints]) {
            let columns: Vec<Column> = columns;
            let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            let sql = format!("SELECT {} FROM {table}", names.join(", "));
            let select = Select { sql: sql.leak(), params: Vec::new() };
            let rows = reader.select(social::NAME, &[], &select).await.unwrap().unwrap().rows;
            let row = |row: Vec<Value>| -> Vec<Cell> {
                columns.iter().zip(row).map(|(c, value)| (c.name.to_owned(), written(c.ty, value))).collect()
            };
            let mut rows: Vec<_> = rows.into_iter().map(row).collect();
            rows.sort_unstable();
            tables.insert(table.to_owned(), rows);
        }
        Self(tables)
    }

    /// The same without a table.
    #[must_use]
    pub fn without(mut self, table: &str) -> Self {
        self.0.remove(table);
        self
    }

    /// The same without some columns.
    #[must_use]
    pub fn leave_out(&self, columns: &[&str]) -> Self {
        let mut tables = self.clone();
        for rows in tables.0.values_mut() {
            rows.iter_mut().for_each(|row| row.retain(|(name, _)| !columns.contains(&name.as_str())));
            rows.sort_unstable();
        }
        tables
    }

    /// One hash for all.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (table, rows) in &self.0 {
            hasher.update(format!("{table} {}\n", rows.len()).as_bytes());
            for row in rows {
                hasher.update(format!("{row:?}\n").as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> usize {
        self.0.get(table).map_or(0, Vec::len)
    }

    /// Compares by the hash, and where it differs shows the first rows that do.
    ///
    /// # Panics
    /// When it differs.
    pub fn assert_same(&self, other: &Self, what: &str) {
        if self.hash() == other.hash() {
            return;
        }
        for (table, rows) in &self.0 {
            let others = other.0.get(table).map_or(&[][..], Vec::as_slice);
            let only = |one: &[Vec<Cell>], other: &[Vec<Cell>]| -> Vec<String> {
                let only = one.iter().filter(|row| other.binary_search(row).is_err());
                only.take(3).map(|row| format!("{row:?}")).collect()
            };
            let (missing, more) = (only(rows, others), only(others, rows));
            assert!(
                missing.is_empty() && more.is_empty(),
                "{what}: {table} has {} and {} rows; only one has\n{missing:#?}\nand only the other\n{more:#?}",
                rows.len(),
                others.len()
            );
        }
        panic!("{what}: the tables are not the same");
    }
}

/// A value, alike for all stores: SQLite knows truth as 0 and 1, ids and times as text.
fn written(ty: Type, value: Value) -> String {
    match (ty, value) {
        (Type::Flag, Value::Int(number)) => (number != 0).to_string(),
        (_, Value::Null) => "null".into(),
        (_, Value::Bool(truth)) => truth.to_string(),
        (_, Value::Int(number)) => number.to_string(),
        (_, Value::Text(text)) => text,
        (_, Value::Uuid(id)) => id.to_string(),
        (_, Value::Time(time)) => time.to_string(),
    }
}

fn rows(connection: &Connection, table: &str) -> Vec<Vec<Cell>> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns: Vec<String> = statement.column_names().map(Into::into).collect();
    let mut found = Vec::new();
    let mut rows = statement.query(()).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cells = columns.iter().enumerate().map(|(place, name)| {
            let value = match row.get_ref(place).unwrap() {
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                other => format!("{other:?}"),
            };
            (name.clone(), value)
        });
        found.push(cells.collect());
    }
    found.sort_unstable();
    found
}
