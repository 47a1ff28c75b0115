//! What events change, merged row by row before it is stored.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{Columns, Value};

/// Changes of rows, at most one a row. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<Rows>);

/// In the order in which they were first changed, or in that of table and key.
#[derive(Clone, Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    /// Where each row is. Made when there are more rows than are looked through one by one, and one is looked for.
    places: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    table: &'static str,
    key: Vec<Value>,
    change: RowChange,
}

/// What becomes of one row. First the row is deleted where `fresh` says so, then columns are set, then added to;
/// a row that is not there is made, with defaults elsewhere, unless there is nothing to set or add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowChange {
    /// The row as it was goes first.
    pub fresh: bool,
    /// Columns to set.
    pub set: Columns<Value>,
    /// Counters to add to.
    pub add: Columns<i64>,
}

impl Changes {
    /// The change of one row, to be added to. Later changes of a row win over earlier ones.
    pub fn row(&mut self, table: &'static str, key: impl IntoIterator<Item = Value>) -> &mut RowChange {
        Arc::make_mut(&mut self.0).row(table, key.into_iter().collect())
    }

    /// Takes later changes in, row by row.
    pub fn merge(&mut self, later: Changes) {
        let rows = Arc::make_mut(&mut self.0);
        if rows.rows.capacity() == 0 {
            self.0 = later.0;
            return;
        }
        if later.rows() > FEW {
            rows.reserve(later.rows());
        }
        for Row { table, key, change } in Arc::unwrap_or_clone(later.0).rows {
            rows.row(table, key).then(change);
        }
    }

    /// The change of a row, if it changes.
    pub fn get(&self, table: &str, key: &[Value]) -> Option<&RowChange> {
        self.0.find(table, key).map(|place| &self.0.rows[place].change)
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        Arc::make_mut(&mut self.0).reserve(rows);
    }

    /// Brings them into the order of table and key, which spares [`tables`](Self::tables) the work.
    pub fn sort(&mut self) {
        let rows = Arc::make_mut(&mut self.0);
        rows.rows.sort_unstable_by(|one, other| one.place().cmp(&other.place()));
        rows.places = HashTable::new();
    }

    /// All changes, by table and key, both in order.
    pub fn tables(&self) -> impl Iterator<Item = (&'static str, TableChanges<'_>)> {
        let mut rows: Vec<&Row> = self.0.rows.iter().collect();
        rows.sort_unstable_by(|one, other| one.place().cmp(&other.place()));
        let tables: Vec<_> = rows
            .chunk_by(|one, other| one.table == other.table)
            .map(|rows| (rows[0].table, rows.iter().map(|row| (&row.key, &row.change)).collect()))
            .collect();
        tables.into_iter()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.rows.is_empty()
    }

    /// How many rows change.
    pub fn rows(&self) -> usize {
        self.0.rows.len()
    }
}

/// The changes of one table's rows, in order of their keys.
pub type TableChanges<'c> = Vec<(&'c Vec<Value>, &'c RowChange)>;

impl PartialEq for Changes {
    fn eq(&self, other: &Self) -> bool {
        self.tables().eq(other.tables())
    }
}

impl Eq for Changes {}

/// So many rows are found by looking at one after another.
const FEW: usize = 8;

impl Row {
    fn place(&self) -> (&'static str, &[Value]) {
        (self.table, &self.key)
    }
}

impl Rows {
    fn row(&mut self, table: &'static str, key: Vec<Value>) -> &mut RowChange {
        if self.rows.len() > FEW && self.places.is_empty() {
            self.learn();
        }
        let place = self.find(table, &key).unwrap_or_else(|| {
            self.rows.push(Row { table, key, change: RowChange::default() });
            let last = self.rows.len() - 1;
            if !self.places.is_empty() {
                self.place(last);
            }
            last
        });
        &mut self.rows[place].change
    }

    fn find(&self, table: &str, key: &[Value]) -> Option<usize> {
        let is = |row: &Row| row.place() == (table, key);
        if self.places.is_empty() {
            return self.rows.iter().position(is);
        }
        let hash = self.hasher.hash_one((table, key));
        self.places.find(hash, |place| is(&self.rows[*place])).copied()
    }

    fn reserve(&mut self, more: usize) {
        let Self { rows, places, hasher } = self;
        rows.reserve(more);
        if rows.capacity() > FEW {
            places.reserve(rows.len() + more, |place| hasher.hash_one(rows[*place].place()));
        }
    }

    /// Learns where all rows are.
    fn learn(&mut self) {
        (0..self.rows.len()).for_each(|place| self.place(place));
    }

    /// Learns where a row is that was not known before.
    fn place(&mut self, place: usize) {
        let Self { rows, places, hasher } = self;
        let hash = |place: &usize| hasher.hash_one(rows[*place].place());
        places.insert_unique(hash(&place), place, hash);
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
        *self.add.entry(column) += amount;
        self
    }

    /// Deletes the row.
    pub fn delete(&mut self) -> &mut Self {
        *self = Self { fresh: true, ..Self::default() };
        self
    }

    fn is_nothing(&self) -> bool {
        !self.fresh && self.set.is_empty() && self.add.is_empty()
    }

    fn then(&mut self, later: RowChange) {
        if later.fresh || self.is_nothing() {
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
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const KEYS: i64 = 12;

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
            changes in prop::collection::vec((0..KEYS, change()), 0..60),
            there in any::<bool>(),
        ) {
            let start = there.then(|| BTreeMap::from([("likes", Value::Int(10))]));
            let mut one_by_one = vec![start.clone(); KEYS as usize];
            let mut merged = Changes::default();
            for (key, change) in changes {
                apply(&mut one_by_one[key as usize], &change);
                let mut single = Changes::default();
                *single.row("posts", [Value::Int(key)]) = change;
                merged.merge(single);
            }
            let mut together = vec![start; KEYS as usize];
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
        assert_eq!(changes.get("posts", &[Value::Int(1)]).unwrap().add["likes"], 0);
    }

    #[test]
    fn rows_come_in_order_and_are_found_however_many_there_are() {
        let mut changes = Changes::default();
        for number in (0..50_i64).rev() {
            for table in ["posts", "comments"] {
                changes.row(table, [Value::Int(number), "x".into()]).add("likes", number);
                assert_eq!(
                    changes.get(table, &[Value::Int(number), "x".into()]).unwrap().add["likes"],
                    number
                );
                assert_eq!(changes.get(table, &[Value::Int(number), "y".into()]), None);
            }
        }
        let seen: Vec<_> = changes.tables().map(|(table, rows)| (table, rows.len())).collect();
        assert_eq!((seen, changes.rows()), (vec![("comments", 50), ("posts", 50)], 100));
        for (_, rows) in changes.tables() {
            assert!(rows.is_sorted_by_key(|(key, _)| *key));
        }
        let before = changes.clone();
        changes.sort();
        assert_eq!(changes, before);
        changes.row("posts", [Value::Int(7), "x".into()]).add("likes", 1);
        changes.row("posts", [Value::Int(7), "z".into()]).add("likes", 1);
        assert_eq!(changes.get("posts", &[Value::Int(7), "x".into()]).unwrap().add["likes"], 8);
        assert_eq!(changes.rows(), 101);
    }

    #[test]
    fn changes_are_equal_whatever_came_first() {
        let change = |numbers: [i64; 2]| {
            let mut changes = Changes::default();
            for number in numbers {
                changes.row("posts", [Value::Int(number)]).set("text", number);
            }
            changes
        };
        assert_eq!(change([1, 2]), change([2, 1]));
        assert_ne!(change([1, 2]), change([2, 3]));
    }
}
