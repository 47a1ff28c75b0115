//! One of the two read models, row by row in order of the key.

use std::collections::VecDeque;

use async_trait::async_trait;
use tidings_projections::{Checkpoint, Column, Moment, Parked, ReadModelError, Table, Value};

use crate::Options;

use super::{Cell, Digest};

/// The rows of one table of one read model.
pub(super) struct Side<'m> {
    moment: &'m mut dyn Moment,
    table: Table,
    columns: Vec<Column>,
    /// The most rows of one read.
    most: usize,
    page: VecDeque<Vec<Value>>,
    /// The key of the last row read.
    last: Option<Vec<Value>>,
    end: bool,
}

impl<'m> Side<'m> {
    pub(super) fn new(
        moment: &'m mut dyn Moment,
        table: Table,
        columns: &[Column],
        options: &Options,
    ) -> Self {
        let columns = columns.to_vec();
        Self {
            moment,
            table,
            columns,
            most: options.page.max(1),
            page: VecDeque::new(),
            last: None,
            end: false,
        }
    }

    pub(super) fn peek(&self) -> Option<Row<'_>> {
        self.page.front().map(|cells| Row { table: self.table, columns: &self.columns, cells: cells.into() })
    }

    /// The next row, which is taken into the digest.
    pub(super) fn take(&mut self, digest: &mut Digest) -> Option<Row<'_>> {
        let cells = self.page.pop_front()?;
        digest.add(&cells);
        Some(Row { table: self.table, columns: &self.columns, cells: cells.into() })
    }

    async fn fill(&mut self) -> Result<(), ReadModelError> {
        if self.end || !self.page.is_empty() {
            return Ok(());
        }
        let rows = self.moment.rows(&self.table, &self.columns, self.last.as_deref(), self.most).await?;
        self.end = rows.len() < self.most;
        self.last = rows.last().map(|row| row[..self.table.key.len()].to_vec());
        self.page = rows.into();
        Ok(())
    }
}

/// Reads what is next of both.
pub(super) async fn fill(
    one: &mut Side<'_>,
    other: &mut Side<'_>,
    at_once: bool,
) -> Result<(), ReadModelError> {
    if !one.page.is_empty() && !other.page.is_empty() {
        return Ok(());
    }
    if at_once {
        tokio::try_join!(one.fill(), other.fill())?;
    } else {
        one.fill().await?;
        other.fill().await?;
    }
    Ok(())
}

/// A row.
pub(super) struct Row<'s> {
    table: Table,
    columns: &'s [Column],
    cells: std::borrow::Cow<'s, [Value]>,
}

impl Row<'_> {
    pub(super) fn key(&self) -> &[Value] {
        self.cells.get(..self.table.key.len()).unwrap_or_default()
    }

    pub(super) fn named_key(&self) -> Vec<Cell> {
        self.table.key.iter().zip(self.key()).map(|(column, cell)| (column.name, cell.clone())).collect()
    }

    fn values(&self) -> &[Value] {
        self.cells.get(self.table.key.len()..).unwrap_or_default()
    }

    pub(super) fn cells(&self) -> Vec<Cell> {
        self.columns.iter().zip(self.values()).map(|(column, cell)| (column.name, cell.clone())).collect()
    }

    /// The columns in which another row of this key differs: this one's value, the other's.
    pub(super) fn changes(&self, other: &Row<'_>) -> Vec<(&'static str, Value, Value)> {
        let values = self.values().iter().zip(other.values());
        let differing = self.columns.iter().zip(values).filter(|(_, (this, other))| this != other);
        differing.map(|(column, (this, other))| (column.name, this.clone(), other.clone())).collect()
    }
}

/// What has no row.
#[derive(Default)]
pub(super) struct Nothing(Checkpoint);

#[async_trait]
impl Moment for Nothing {
    fn checkpoint(&self) -> &Checkpoint {
        &self.0
    }

    fn parked(&self) -> &[Parked] {
        &[]
    }

    async fn tables(&mut self) -> Result<Vec<String>, ReadModelError> {
        Ok(Vec::new())
    }

    async fn columns(&mut self, _: &str) -> Result<Vec<String>, ReadModelError> {
        Ok(Vec::new())
    }

    async fn rows(
        &mut self,
        _: &Table,
        _: &[Column],
        _: Option<&[Value]>,
        _: usize,
    ) -> Result<Vec<Vec<Value>>, ReadModelError> {
        Ok(Vec::new())
    }
}
