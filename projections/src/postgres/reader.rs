//! The reading side.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::Position;
use tokio_postgres::types::{ToSql, Type};

use crate::{Checkpoint, Moved, ReadModelError, Reader, Rows, Select, queries};

use super::cell::{self, Param, storable};
use super::failure::Failure;
use super::listener::Listener;
use super::pool::{Lease, Pool};
use super::retry::retried;
use super::schema::schema;
use super::session::{Session, Use, within};
use super::{PostgresUrl, generations, store};

/// Reads the read models of a database, in sessions that are read-only. Cheap to clone.
///
/// The read models need not be there yet, nor the server: until they are, selects are
/// [`Unavailable`](ReadModelError::Unavailable).
#[derive(Clone)]
pub struct PostgresReader(Arc<Inner>);

struct Inner {
    pool: Arc<Pool>,
    listener: Listener,
    /// The generation that was in use when somebody last looked; 0 when it may be another by now.
    known: AtomicU64,
}

/// Connections: as many selects at a time as a server of some processors has use for.
const CONNECTIONS: usize = 8;

/// How long a select waits for a connection.
const WAIT: Duration = Duration::from_secs(2);

impl PostgresReader {
    /// Reads the generation in use. Call it on a tokio runtime.
    pub fn open(url: PostgresUrl) -> Self {
        let listener = Listener::start(url.clone());
        let pool = Pool::new(url, Use::Read, CONNECTIONS, WAIT);
        Self(Arc::new(Inner { pool, listener, known: AtomicU64::new(0) }))
    }

    /// Connects once, to find what a person must mend: a wrong password, a database that is not there.
    ///
    /// # Errors
    /// [`Unfit`](ReadModelError::Unfit) for that; otherwise that the server, or the read model, is not there yet.
    pub async fn check(&self) -> Result<(), ReadModelError> {
        let checked = async {
            let lease = self.lease().await?;
            lease.give_back();
            Ok(())
        };
        checked.await.map_err(|e| self.failed(e))
    }

    fn failed(&self, failure: Failure) -> ReadModelError {
        failure.at(&self.0.pool.url).into()
    }

    /// A session that has turned to the generation in use.
    async fn lease(&self) -> Result<Lease, Failure> {
        let mut lease = self.0.pool.take().await?;
        let session = lease.session()?;
        if session.generation != Some(self.0.known.load(Ordering::Relaxed)) {
            let generation = within(Use::Read.limit(), turn(session)).await?;
            self.0.known.store(generation, Ordering::Relaxed);
        }
        Ok(lease)
    }

    /// Ends a call. Where one session finds another generation in use, the others look before they are used again.
    fn done<T>(&self, lease: Lease, found: Result<T, Failure>) -> Result<T, Failure> {
        if found.as_ref().is_err_and(Failure::is_of_the_session) {
            self.0.known.store(0, Ordering::Relaxed);
        }
        if matches!(found, Ok(_) | Err(Failure::Stale)) {
            lease.give_back();
        }
        found
    }

    async fn try_select(
        &self,
        group: &str,
        after: &[Position],
        select: &Select,
    ) -> Result<Option<Rows>, Failure> {
        let mut lease = self.lease().await?;
        let work = answer(lease.session()?, group, after, select);
        let rows = within(Use::Read.limit(), work).await;
        self.done(lease, rows)
    }

    async fn try_checkpoint(&self, group: &str) -> Result<Checkpoint, Failure> {
        let mut lease = self.lease().await?;
        let found = within(Use::Read.limit(), store::checkpoint(lease.session()?, group, true)).await;
        self.done(lease, found)
    }

    /// What a call finds, given up where the server has fallen silent.
    async fn answered<T, F>(&self, call: impl Fn() -> F) -> Result<T, ReadModelError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let found = retried(|| async {
            // First: one that is known to be silent is not asked at all.
            tokio::select! { biased;
                () = self.0.listener.silent() => {
                    Err(Failure::Unavailable("the server does not answer".into()))
                }
                found = call() => found,
            }
        });
        found.await.map_err(|e| self.failed(e))
    }
}

/// Turns to the generation in use, and tells which it is.
async fn turn(session: &mut Session) -> Result<u64, Failure> {
    let none = || Failure::Unavailable("there is no read model yet; start what writes it".into());
    let generation = generations::current(&session.client).await?.ok_or_else(none)?;
    session.client.batch_execute(&format!("SET search_path = {}", schema(generation))).await?;
    session.turn_to(generation);
    Ok(generation)
}

/// Whether the group has seen all of some positions; `first` is the number of the first parameter.
fn seen(first: usize) -> String {
    let (partitions, numbers, group) = (first, first + 1, first + 2);
    format!(
        "NOT EXISTS (SELECT FROM unnest(${partitions}::integer[], ${numbers}::bigint[]) a (partition, number) \
         WHERE a.number > COALESCE((SELECT c.number FROM checkpoints c \
         WHERE c.group_name = ${group} AND c.partition = a.partition), 0))"
    )
}

/// The rows of a select, with the look at the checkpoint and at the generation in use in the same statement:
/// all from one moment, in one round trip. Where that look finds that they are not to be shown, they are not sought.
async fn answer(
    session: &mut Session,
    group: &str,
    after: &[Position],
    select: &Select,
) -> Result<Option<Rows>, Failure> {
    let generation = session.generation.ok_or(Failure::Stale)?;
    let (mut types, mut params): (Vec<Type>, Vec<Param<'_>>) = select.params.iter().map(cell::bind).unzip();
    let mut check = String::from("true");
    if !after.is_empty() {
        check = seen(params.len() + 1);
        types.extend([Type::INT4_ARRAY, Type::INT8_ARRAY, Type::TEXT]);
        params.push(Box::new(after.iter().map(|p| i32::from(p.partition)).collect::<Vec<_>>()));
        params.push(Box::new(after.iter().map(|p| store::clamp(p.number)).collect::<Vec<_>>()));
        params.push(Box::new(storable(group)));
    }
    let sql = queries::lateral(select.sql).unwrap_or(select.sql);
    let sql = format!(
        "WITH now AS MATERIALIZED \
         (SELECT (SELECT generation FROM tidings.current) AS generation, {check} AS seen) \
         SELECT now.generation, now.seen, found.* FROM now LEFT JOIN \
         (SELECT true AS found, rows.* FROM ({sql}) rows \
         WHERE (SELECT seen AND generation = {generation} FROM now)) found ON true"
    );
    let statement = session.prepare(&sql, &types).await?;
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| &**p as &(dyn ToSql + Sync)).collect();
    let rows = session.client.query(&statement, &params).await?;
    let first = rows.first().ok_or(Failure::Stale)?;
    if first.get::<_, Option<i64>>(0) != Some(store::clamp(generation)) {
        return Err(Failure::Stale);
    }
    if !first.get::<_, bool>(1) {
        return Ok(None);
    }
    let real = rows.iter().filter(|row| row.get::<_, Option<bool>>(2).is_some());
    let cells = |row| (3..statement.columns().len()).map(|place| cell::read(row, place)).collect();
    Ok(Some(Rows { rows: real.map(cells).collect::<Result<_, _>>()? }))
}

#[async_trait]
impl Reader for PostgresReader {
    async fn select(
        &self,
        group: &str,
        after: &[Position],
        select: &Select,
    ) -> Result<Option<Rows>, ReadModelError> {
        self.answered(|| self.try_select(group, after, select)).await
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        self.answered(|| self.try_checkpoint(group)).await
    }

    fn moved(&self) -> Moved<'_> {
        Box::pin(self.0.listener.moved())
    }
}
