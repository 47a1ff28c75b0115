//! A read model in a database as it stands at one moment: a transaction that sees one snapshot.

use async_trait::async_trait;
use tokio_postgres::types::{ToSql, Type};

use crate::moment::{of_groups, select};
use crate::{Checkpoint, Column, Moment, Parked, ReadModelError, Table, Value};

use super::cell::{self, Param, storable};
use super::failure::Failure;
use super::schema::schema;
use super::session::{Session, Use, within};
use super::{PostgresUrl, store};

/// A session in the midst of a read transaction.
pub(super) struct PostgresMoment {
    url: PostgresUrl,
    session: Session,
    schema: String,
    checkpoint: Checkpoint,
    parked: Vec<Parked>,
}

impl PostgresMoment {
    /// Of a generation, now.
    pub(super) async fn begin(
        url: PostgresUrl,
        generation: u64,
        group: &str,
    ) -> Result<Self, ReadModelError> {
        let begun = within(Use::Bulk.limit(), async {
            let mut session = Session::connect(&url, Use::Bulk, None).await?;
            session.turn_to(generation);
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                         SET LOCAL idle_in_transaction_session_timeout = 0";
            session.client.batch_execute(begin).await?;
            let checkpoint = store::find_checkpoint(&mut session, group, false).await?.unwrap_or_default();
            let parked = store::parked(&mut session, group).await?;
            Ok((session, checkpoint, parked))
        });
        let (session, checkpoint, parked) = begun.await.map_err(|e| e.damage().at(&url))?;
        Ok(Self { url, session, schema: schema(generation), checkpoint, parked })
    }

    fn failed(&self, failure: Failure) -> ReadModelError {
        failure.damage().at(&self.url).into()
    }

    async fn read(&mut self, sql: &str, after: &[Value]) -> Result<Vec<Vec<Value>>, Failure> {
        let (types, params): (Vec<Type>, Vec<Param<'_>>) = after.iter().map(cell::bind).unzip();
        let statement = self.session.prepare(sql, &types).await?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| &**p as &(dyn ToSql + Sync)).collect();
        let rows = self.session.client.query(&statement, &params).await?;
        let width = statement.columns().len();
        rows.iter().map(|row| (0..width).map(|place| cell::read(row, place)).collect()).collect()
    }
}

#[async_trait]
impl Moment for PostgresMoment {
    fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    fn parked(&self) -> &[Parked] {
        &self.parked
    }

    async fn tables(&mut self) -> Result<Vec<String>, ReadModelError> {
        let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') ORDER BY c.relname";
        let names = within(Use::Bulk.limit(), async {
            let rows = self.session.client.query(sql, &[&self.schema]).await?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        });
        Ok(of_groups(names.await.map_err(|e| self.failed(e))?))
    }

    async fn columns(&mut self, table: &str) -> Result<Vec<String>, ReadModelError> {
        let sql = "SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
                   JOIN pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped \
                   ORDER BY a.attnum";
        let names = within(Use::Bulk.limit(), async {
            let rows = self.session.client.query(sql, &[&self.schema, &storable(table)]).await?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        });
        names.await.map_err(|e| self.failed(e))
    }

    async fn rows(
        &mut self,
        table: &Table,
        columns: &[Column],
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, ReadModelError> {
        let from = format!("{}.{}", self.schema, table.name);
        let sql = select(&from, table, columns, after.is_some(), limit);
        let found = within(Use::Bulk.limit(), self.read(&sql, after.unwrap_or_default())).await;
        found.map_err(|e| self.failed(e))
    }
}
