//! What events change, merged row by row before it is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Value;

/// Changes of rows, at most one a row, in order of table and key. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Arc<Tables>);

type Tables = BTreeMap<&'static str, BTreeMap<Vec<Value>, RowChange>>;

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
        row(Arc::make_mut(&mut self.0), table, key.into_iter().collect())
    }

    /// Takes later changes in, row by row.
    pub fn merge(&mut self, later: Changes) {
        let tables = Arc::make_mut(&mut self.0);
        for (table, rows) in Arc::unwrap_or_clone(later.0) {
            for (key, change) in rows {
                row(tables, table, key).then(change);
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

fn row<'t>(tables: &'t mut Tables, table: &'static str, key: Vec<Value>) -> &'t mut RowChange {
    tables.entry(table).or_default().entry(key).or_default()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What one row is after changes, by the words of [`RowChange`]: the model that merging is held against.
    fn apply(row: &mut Option<BTreeMap<&'static str, Value>>, change: &RowChange) {
        if change.fresh {
            *row = None;
        }
        if change.set.is_empty() && change.add.is_empty() {
            return;
        }
        let cells = row.get_or_insert_with(BTreeMap::new);
        for (column, value) in &change.set {
            cells.insert(*column, value.clone());
        }
        for (column, amount) in &change.add {
            let Value::Int(cell) = cells.entry(*column).or_insert(Value::Int(0)) else { panic!("a number") };
            *cell += amount;
        }
    }

    fn change() -> impl Strategy<Value = RowChange> {
        let one = (0..5_u8, 0..2_usize, -3..4_i64);
        prop::collection::vec(one, 0..4).prop_map(|parts| {
            let mut change = RowChange::default();
            for (kind, column, amount) in parts {
                let column = ["likes", "comments"][column];
                match kind {
                    0 => change.delete(),
                    1 | 2 => change.set(column, amount),
                    _ => change.add(column, amount),
                };
            }
            change
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn merged_changes_do_what_they_do_one_by_one(
            changes in prop::collection::vec((0..2_i64, change()), 0..12),
            there in any::<bool>(),
        ) {
            let start = there.then(|| BTreeMap::from([("likes", Value::Int(10))]));
            let mut one_by_one = [start.clone(), start.clone()];
            let mut merged = Changes::default();
            for (key, change) in changes {
                apply(&mut one_by_one[key as usize], &change);
                let mut single = Changes::default();
                *single.row("posts", [Value::Int(key)]) = change;
                merged.merge(single);
            }
            let mut together = [start.clone(), start];
            for (_, rows) in merged.tables() {
                for (key, change) in rows {
                    let Value::Int(key) = key[0] else { panic!("a number") };
                    apply(&mut together[key as usize], change);
                }
            }
            prop_assert_eq!(together, one_by_one);
        }
    }

    #[test]
    fn a_like_taken_back_still_makes_the_row() {
        let mut changes = Changes::default();
        changes.row("posts", [Value::Int(1)]).add("likes", 1).add("likes", -1);
        let (_, rows) = changes.tables().next().unwrap();
        assert_eq!(rows[&vec![Value::Int(1)]].add["likes"], 0);
    }
}
