//! What is looked at in PostgreSQL itself: how far the read models are, and COPY of their rows.

use std::io::Cursor;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio_postgres::Client;

use crate::Failure;

/// The schema of the first generation.
const SCHEMA: &str = "tidings_1";

/// How long a read model may stand still.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many commits are worked in.
pub(crate) async fn projected(client: &Client) -> Result<u64, Failure> {
    let sum = format!("SELECT coalesce(sum(number), 0)::bigint FROM {SCHEMA}.checkpoints");
    Ok(u64::try_from(client.query_one(&sum, &[]).await?.get::<_, i64>(0))?)
}

/// Waits until so many commits are worked in, and tells how many a second that were, from the first that was seen on.
pub(crate) async fn rate_until(client: &Client, count: u64) -> Result<f64, Failure> {
    let (mut first, mut last) = (None, (0, Instant::now()));
    loop {
        let (done, now) = (projected(client).await?, Instant::now());
        if done > 0 && first.is_none() {
            first = Some((done, now));
        }
        if let Some((before, began)) = first
            && done >= count
        {
            return Ok((done - before) as f64 / (now - began).as_secs_f64());
        }
        if done > last.0 {
            last = (done, now);
        } else if now - last.1 > PATIENCE {
            return Err(format!("the read model stands still at {done} of {count} commits").into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Drops all read models.
pub(crate) async fn forget(client: &Client) -> Result<(), Failure> {
    let schemas =
        "SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^(tidings|tidings_[0-9]+|copied)$'";
    for row in client.query(schemas, &[]).await? {
        client.batch_execute(&format!("DROP SCHEMA {} CASCADE", row.get::<_, &str>(0))).await?;
    }
    Ok(())
}

/// The schema of the generation in use.
async fn in_use(client: &Client) -> Result<String, Failure> {
    let row = client.query_one("SELECT 'tidings_' || generation FROM tidings.current", &[]).await?;
    Ok(row.get(0))
}

/// Copies all rows of the read models into empty tables of the same shape, indexes included; tells how long that
/// took.
pub(crate) async fn copy(client: &Client) -> Result<Duration, Failure> {
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename";
    let (mut took, schema) = (Duration::ZERO, in_use(client).await?);
    client.batch_execute("CREATE SCHEMA copied").await?;
    for row in client.query(tables, &[&schema]).await? {
        let table: String = row.get(0);
        let mut rows = Vec::new();
        let mut out = pin!(client.copy_out(&format!("COPY {schema}.{table} TO STDOUT")).await?);
        while let Some(some) = out.next().await {
            rows.extend_from_slice(&some?);
        }
        let like = format!("CREATE TABLE copied.{table} (LIKE {schema}.{table} INCLUDING ALL)");
        client.batch_execute(&like).await?;
        let began = Instant::now();
        let into = format!("COPY copied.{table} FROM STDIN");
        let mut into = pin!(client.copy_in(&into).await?);
        into.send(Cursor::new(rows)).await?;
        into.finish().await?;
        took += began.elapsed();
    }
    Ok(took)
}
