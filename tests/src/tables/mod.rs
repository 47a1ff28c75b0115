//! The rows of a read model, to be compared with those of another.

#[cfg(feature = "test-servers")]
mod postgres;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tidings_projections::sqlite::Generations;

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
