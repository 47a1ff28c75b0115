//! A read model in a file as it stands at one moment: a read transaction.

use async_trait::async_trait;
use rusqlite::Connection;

use crate::moment::{of_groups, select, typed};
use crate::{Checkpoint, Column, Moment, Parked, ReadModelError, Table, Value};

use super::connect::{self, unreadable};
use super::{Generations, cell, store};

/// A connection in the midst of a read transaction.
pub(super) struct SqliteMoment {
    /// On its way to a thread and back while it is used.
    connection: Option<Connection>,
    checkpoint: Checkpoint,
    parked: Vec<Parked>,
}

impl SqliteMoment {
    /// Of a generation, now.
    pub(super) async fn begin(
        generations: Generations,
        generation: u64,
        group: String,
    ) -> Result<Self, ReadModelError> {
        on_a_thread(move || {
            let connection = connect::reading(&generations.file(generation))?;
            connection.execute_batch("BEGIN").map_err(|e| unreadable(&e))?;
            // A file that was made this moment may have no tables yet.
            let there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'parked')";
            let there = connection.query_row(there, (), |row| row.get(0)).map_err(|e| unreadable(&e))?;
            let (mut checkpoint, mut parked) = (Checkpoint::default(), Vec::new());
            if there {
                checkpoint = store::checkpoint_within(&connection, &group)?.unwrap_or_default();
                parked = store::parked(&connection, &group)?;
            }
            Ok(Self { connection: Some(connection), checkpoint, parked })
        })
        .await
    }

    async fn ask<T: Send + 'static>(
        &mut self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadModelError> {
        let lost =
            || ReadModelError::Unavailable("a look at the read model was given up in its midst".into());
        let connection = self.connection.take().ok_or_else(lost)?;
        let (connection, answer) = on_a_thread(move || {
            let answer = ask(&connection).map_err(|e| unreadable(&e));
            Ok((connection, answer))
        })
        .await?;
        self.connection = Some(connection);
        answer
    }
}

pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ReadModelError> + Send + 'static,
) -> Result<T, ReadModelError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| Err(ReadModelError::Unavailable(format!("a thread has ended: {e}"))))
}

#[async_trait]
impl Moment for SqliteMoment {
    fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    fn parked(&self) -> &[Parked] {
        &self.parked
    }

    async fn tables(&mut self) -> Result<Vec<String>, ReadModelError> {
        let names = self.ask(|connection| {
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
            connection.prepare(sql)?.query_map((), |row| row.get(0))?.collect()
        });
        Ok(of_groups(names.await?))
    }

    async fn columns(&mut self, table: &str) -> Result<Vec<String>, ReadModelError> {
        let table = table.to_owned();
        self.ask(move |connection| {
            let mut names = connection.prepare_cached("SELECT name FROM pragma_table_info(?1)")?;
            names.query_map([table], |row| row.get(0))?.collect()
        })
        .await
    }

    async fn rows(
        &mut self,
        table: &Table,
        columns: &[Column],
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, ReadModelError> {
        let sql = select(table.name, table, columns, after.is_some(), limit);
        let after = after.unwrap_or_default().to_vec();
        let types: Vec<_> = table.key.iter().chain(columns).map(|column| column.ty).collect();
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            for (place, value) in (1..).zip(&after) {
                cell::bind(&mut statement, place, value)?;
            }
            let (mut found, mut rows) = (Vec::new(), statement.raw_query());
            while let Some(row) = rows.next()? {
                let cell = |(place, ty): (usize, _)| Ok(typed(ty, cell::read(row.get_ref(place)?)));
                found.push(types.iter().copied().enumerate().map(cell).collect::<rusqlite::Result<_>>()?);
            }
            Ok(found)
        })
        .await
    }
}
