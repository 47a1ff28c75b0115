//! A read model as it stands at one moment, row by row.

use async_trait::async_trait;

use crate::{Checkpoint, Column, Parked, ReadModelError, Table, Type, Value};

/// All that a group has at one moment. Whatever is written meanwhile, it does not change. Tables of another
/// shape than the group's are no error: they are shown as they are.
#[async_trait]
pub trait Moment: Send {
    /// Where the group stands.
    fn checkpoint(&self) -> &Checkpoint;

    /// Its parked events.
    fn parked(&self) -> &[Parked];

    /// The names of the tables that groups have, in order.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn tables(&mut self) -> Result<Vec<String>, ReadModelError>;

    /// The names of the columns that a table has, those of the key too; none where there is no such table.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn columns(&mut self, table: &str) -> Result<Vec<String>, ReadModelError>;

    /// The next rows of a table after a key, or from the first, in order of the key; at most `limit`, none where it
    /// ends. Of each row first the cells of the key, then those of `columns`, in the types of the table.
    ///
    /// # Errors
    /// When the store does not answer, or has no such columns.
    async fn rows(
        &mut self,
        table: &Table,
        columns: &[Column],
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, ReadModelError>;
}

/// Those of some tables that are not of the read model itself.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn of_groups(mut tables: Vec<String>) -> Vec<String> {
    tables.retain(|name| {
        !["projection_groups", "checkpoints", "parked", "strange_records"].contains(&name.as_str())
    });
    tables
}

/// The select of [`Moment::rows`]. `$1` … are the key after which it goes on.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn select(from: &str, table: &Table, columns: &[Column], follows: bool, limit: usize) -> String {
    let names = |columns: &[Column]| columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let key = names(table.key);
    let cells = if columns.is_empty() { key.clone() } else { format!("{key}, {}", names(columns)) };
    let places = (1..=table.key.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    let after = if follows { format!(" WHERE ({key}) > ({places})") } else { String::new() };
    format!("SELECT {cells} FROM {from}{after} ORDER BY {key} LIMIT {limit}")
}

/// A cell in the type of its column, from what a store with fewer types gives. What is not of that type is left as it
/// is, for who compares to see.
#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "PostgreSQL has all types"))]
pub(crate) fn typed(ty: Type, cell: Value) -> Value {
    match (ty, cell) {
        (Type::Uuid, Value::Text(text)) => text.parse().map_or(Value::Text(text), Value::Uuid),
        (Type::Time, Value::Text(text)) => text.parse().map_or(Value::Text(text), Value::Time),
        (Type::Flag, Value::Int(number @ (0 | 1))) => Value::Bool(number == 1),
        (_, cell) => cell,
    }
}
