//! What events change, merged row by row before it is stored.

use std::collections::BTreeMap;

use crate::Value;

/// Changes of rows, at most one a row, in order of table and key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<&'static str, BTreeMap<Vec<Value>, RowChange>>);

/// What becomes of one row. First the row is deleted where `fresh` says so, then columns are set, then added to;
/// a row that is not there is made, with defaults elsewhere, unless there is nothing to set or add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowChange {
    /// The row as it was goes first.
    pub fresh: bool,
    /// Columns to set.
    pub set: BTreeMap<&'static str, Value>,
    /// Counters to add to.
    pub add: BTreeMap<&'static str, i64>,
}

impl Changes {
    /// The change of one row, to be added to. Later changes of a row win over earlier ones.
    pub fn row(&mut self, table: &'static str, key: impl IntoIterator<Item = Value>) -> &mut RowChange {
        self.0.entry(table).or_default().entry(key.into_iter().collect()).or_default()
    }

    /// Takes later changes in, row by row.
    pub fn merge(&mut self, later: Changes) {
        for (table, rows) in later.0 {
            for (key, change) in rows {
                self.row(table, key).then(change);
            }
        }
    }

    /// All changes, by table and key.
    pub fn tables(&self) -> impl Iterator<Item = (&'static str, &BTreeMap<Vec<Value>, RowChange>)> {
        self.0.iter().map(|(table, rows)| (*table, rows))
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(BTreeMap::is_empty)
    }

    /// How many rows change.
    pub fn rows(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }
}

impl RowChange {
    /// Sets a column.
    pub fn set(&mut self, column: &'static str, value: impl Into<Value>) -> &mut Self {
        self.add.remove(column);
        self.set.insert(column, value.into());
        self
    }

    /// Adds to a counter.
    pub fn add(&mut self, column: &'static str, amount: i64) -> &mut Self {
        *self.add.entry(column).or_default() += amount;
        self
    }

    /// Deletes the row.
    pub fn delete(&mut self) -> &mut Self {
        *self = Self { fresh: true, ..Self::default() };
        self
    }

    fn then(&mut self, later: RowChange) {
        if later.fresh {
            *self = later;
            return;
        }
        for (column, value) in later.set {
            self.set(column, value);
        }
        for (column, amount) in later.add {
            self.add(column, amount);
        }
    }
}
