//! What a comparison found.

use tidings_projections::{Parked, Value};

use super::Digest;

/// What was found when the read model in use and the new one were compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Where both stood, for each partition in order.
    pub numbers: Vec<u64>,
    /// Each table of the group.
    pub tables: Vec<TableComparison>,
    /// Tables that the one in use has and the new one has not.
    pub tables_gone: Vec<String>,
    /// The parked events of the one in use, and of the new one; in the order of the log.
    pub parked: (Vec<Parked>, Vec<Parked>),
}

/// What was found in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableComparison {
    /// Its name.
    pub table: &'static str,
    /// All its rows in the read model in use, as far as both have their columns.
    pub live: Digest,
    /// All its rows in the new one.
    pub new: Digest,
    /// Columns that the new one has and the one in use has not.
    pub columns_added: Vec<String>,
    /// Columns that the one in use has and the new one has not.
    pub columns_gone: Vec<String>,
    /// How many rows only the one in use has.
    pub only_live: u64,
    /// How many rows only the new one has.
    pub only_new: u64,
    /// How many rows both have, but not alike.
    pub changed: u64,
    /// The first rows that differ, in order of their key.
    pub first: Vec<Difference>,
}

/// A column and its value.
pub type Cell = (&'static str, Value);

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its key.
    pub key: Vec<Cell>,
    /// How it differs.
    pub kind: Kind,
}

/// How a row differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only the read model in use has it: its other cells.
    OnlyLive(Vec<Cell>),
    /// Only the new one has it: its other cells.
    OnlyNew(Vec<Cell>),
    /// Columns that are not alike: in use, new.
    Changed(Vec<(&'static str, Value, Value)>),
}

impl Comparison {
    /// Whether all is equal: the tables, their rows, and which events are parked.
    pub fn is_equal(&self) -> bool {
        self.is_equal_but_in(&[])
    }

    /// Whether all is equal, except for what stands in these tables.
    pub fn is_equal_but_in(&self, tables: &[&str]) -> bool {
        self.tables_gone.is_empty()
            && self.tables.iter().all(|table| tables.contains(&table.table) || table.is_equal())
            && self.parked_are_equal()
    }

    /// Whether the same events are parked, since whenever and for whatever reason.
    pub fn parked_are_equal(&self) -> bool {
        let places = |parked: &[Parked]| parked.iter().map(|p| (p.position, p.index)).collect::<Vec<_>>();
        places(&self.parked.0) == places(&self.parked.1)
    }

    /// How many rows the new one has.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.new.rows).sum()
    }
}

impl TableComparison {
    /// Whether the table has the same columns and rows in both.
    pub fn is_equal(&self) -> bool {
        self.live == self.new
            && self.columns_added.is_empty()
            && self.columns_gone.is_empty()
            && self.differing() == 0
    }

    /// How many rows differ.
    pub fn differing(&self) -> u64 {
        self.only_live + self.only_new + self.changed
    }
}
