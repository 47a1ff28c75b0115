//! What a read model does, on one session.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::SystemTime;

use tidings_domain::Position;
use tokio_postgres::Statement;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::{ApplyError, Checkpoint, Group, Parked, Step};

use super::cell::{self, Param, storable};
use super::failure::Failure;
use super::fill::{self, Filling, Writes};
use super::generations::CHANNEL;
use super::schema::schema;
use super::session::Session;
use super::upsert::{self, Write};

/// PostgreSQL's integers end at 2^63 - 1, beyond which there is no commit.
pub(super) fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The schema of the generation that a session has turned to.
pub(super) fn schema_of(session: &Session) -> Result<(u64, String), Failure> {
    let generation = session.generation.ok_or(Failure::Stale)?;
    Ok((generation, schema(generation)))
}

/// Where a group stands, in one moment. `follows`: in the generation in use, or [`Failure::Stale`].
pub(super) async fn checkpoint(
    session: &mut Session,
    group: &str,
    follows: bool,
) -> Result<Checkpoint, Failure> {
    let unattached = || Failure::Unavailable(format!("group {group} is not attached"));
    find_checkpoint(session, group, follows).await?.ok_or_else(unattached)
}

/// As [`checkpoint`]; `None` where the group was never attached.
pub(super) async fn find_checkpoint(
    session: &mut Session,
    group: &str,
    follows: bool,
) -> Result<Option<Checkpoint>, Failure> {
    let (generation, schema) = schema_of(session)?;
    let sql = format!(
        "SELECT (SELECT generation FROM tidings.current), g.parked_epoch, \
         (SELECT array_agg(number ORDER BY partition) FROM {schema}.checkpoints WHERE group_name = $1), \
         (SELECT array_agg(commit_id ORDER BY partition) FROM {schema}.checkpoints WHERE group_name = $1) \
         FROM (SELECT) one LEFT JOIN {schema}.projection_groups g ON g.name = $1"
    );
    let statement = session.prepare(&sql, &[Type::TEXT]).await?;
    let row = session.client.query_one(&statement, &[&storable(group)]).await?;
    if follows && row.get::<_, i64>(0) != clamp(generation) {
        return Err(Failure::Stale);
    }
    let (epoch, numbers): (Option<i64>, Option<Vec<i64>>) = (row.get(1), row.get(2));
    let commits: Option<Vec<Option<Uuid>>> = row.get(3);
    Ok(epoch.map(|epoch| Checkpoint {
        numbers: numbers.unwrap_or_default().into_iter().map(i64::unsigned_abs).collect(),
        commits: commits.unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect(),
        parked_epoch: epoch.unsigned_abs(),
    }))
}

/// The parked events of a group, in the order of the log for each partition.
pub(super) async fn parked(session: &mut Session, group: &str) -> Result<Vec<Parked>, Failure> {
    let (_, schema) = schema_of(session)?;
    let damaged = |e: &dyn std::fmt::Display| Failure::Unfit(format!("a parked event cannot be read: {e}"));
    let sql = format!(
        "SELECT partition, number, place, stream, event, error, parked_at, tried_at, tries FROM {schema}.parked \
         WHERE group_name = $1 ORDER BY partition, number, place"
    );
    let statement = session.prepare(&sql, &[Type::TEXT]).await?;
    let rows = session.client.query(&statement, &[&group]).await?;
    let parse = |row: &tokio_postgres::Row| {
        let partition = u16::try_from(row.get::<_, i32>(0)).map_err(|e| damaged(&e))?;
        Ok(Parked {
            position: Position::new(partition, row.get::<_, i64>(1).unsigned_abs()),
            index: u32::try_from(row.get::<_, i64>(2)).map_err(|e| damaged(&e))?,
            stream: row.get::<_, &str>(3).parse().map_err(|e| damaged(&e))?,
            event: row.get(4),
            error: row.get(5),
            parked_at: cell::timestamp(row.get::<_, SystemTime>(6)),
            tried_at: cell::timestamp(row.get::<_, SystemTime>(7)),
            tries: row.get::<_, i64>(8).unsigned_abs(),
        })
    };
    rows.iter().map(parse).collect()
}

/// Begins the transaction of a step, and marks it. What is sent behind it is carried out also where this fails by itself,
/// as when somebody gives the call up and the server cancels what it is at: without the mark it must change nothing.
const BEGIN: &str = "BEGIN; SET LOCAL tidings.step = 'begun'";

/// Whether the transaction of a step was begun.
const BEGUN: &str = "current_setting('tidings.step', true) = 'begun'";

/// What became of a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is stored.
    Stored,
    /// The checkpoint is elsewhere.
    Moved,
    /// It can never be stored.
    Refused(ApplyError),
}

/// Stores a step in one transaction, or nothing of it. Two round trips: the checkpoint is moved on in the
/// first, where it is as the step says; in the second all rows go, and the transaction ends.
///
/// Into a shadow, rows that are new go by COPY in between.
///
/// Transactions of one group take turns, by the lock on its row: so they cannot deadlock, in whatever order
/// their rows are.
pub(super) async fn apply(
    session: &mut Session,
    group: &Group,
    step: &Step,
    follows: bool,
    filling: Option<&Filling>,
) -> Result<Outcome, Failure> {
    let (generation, schema) = schema_of(session)?;
    let writes = match filling {
        Some(filling) => filling.writes(&schema, group, step),
        None => upsert::writes(&schema, group, step).map(|others| Writes { others, new: Vec::new() }),
    };
    // One that starts from elsewhere is told so first, whatever its rows are like.
    let (Writes { new, others: mut writes }, refused) = match writes {
        Ok(writes) => (writes, None),
        Err(refused) => (Writes::default(), Some(refused)),
    };
    let parks = !step.park.is_empty() || !step.unpark.is_empty();
    if parks {
        write_parked(&schema, group.name, step, &mut writes);
    }
    let notify = format!("SELECT pg_notify('{CHANNEL}', '')");
    writes.push(Write { sql: notify, params: vec![] });
    let mut ready = Vec::with_capacity(writes.len());
    for Write { sql, params } in &writes {
        ready.push((session.prepare(sql, &[]).await?, params));
    }

    let lock = format!(
        "SELECT (SELECT generation FROM tidings.current), parked_epoch FROM {schema}.projection_groups \
         WHERE name = $1 FOR UPDATE"
    );
    let lock = session.prepare(&lock, &[]).await?;
    let advance = format!(
        "UPDATE {schema}.checkpoints c SET number = a.upto, commit_id = a.commit_id \
         FROM unnest($2::integer[], $3::bigint[], $4::bigint[], $5::uuid[]) a (partition, since, upto, commit_id) \
         WHERE c.group_name = $1 AND c.partition = a.partition AND c.number = a.since AND {BEGUN}{}",
        // Looked at again, for it may have waited for the lock until another was in use.
        if follows {
            format!(" AND {generation} = (SELECT generation FROM tidings.current)")
        } else {
            String::new()
        }
    );
    let advance = session.prepare(&advance, &[]).await?;
    let partitions: Vec<i32> = step.advances.iter().map(|a| i32::from(a.partition)).collect();
    let since: Vec<i64> = step.advances.iter().map(|a| clamp(a.from)).collect();
    let upto: Vec<i64> = step.advances.iter().map(|a| clamp(a.to)).collect();
    let commits: Vec<Uuid> = step.advances.iter().map(|a| a.commit).collect();

    let client = &session.client;
    let lock_params: [&(dyn ToSql + Sync); 1] = [&group.name];
    let advance_params: [&(dyn ToSql + Sync); 5] = [&group.name, &partitions, &since, &upto, &commits];
    // Sent together, in this order.
    let (begun, locked, advanced) = tokio::join!(
        biased;
        client.batch_execute(BEGIN),
        client.query_opt(&lock, &lock_params),
        client.execute(&advance, &advance_params),
    );
    begun?;
    let found = locked?.map(|row| (row.get::<_, i64>(0), row.get::<_, i64>(1)));
    let advanced = advanced?;
    if follows && found.is_some_and(|(current, _)| current != clamp(generation)) {
        client.batch_execute("ROLLBACK").await?;
        return Err(Failure::Stale);
    }
    let here = found.is_some_and(|(_, epoch)| epoch == clamp(step.parked_epoch));
    let here =
        here && (step.unpark.is_empty() || are_parked(client, &schema, group.name, &step.unpark).await?);
    if !here || advanced != step.advances.len() as u64 {
        client.batch_execute("ROLLBACK").await?;
        return Ok(Outcome::Moved);
    }
    if let Some(refused) = refused {
        client.batch_execute("ROLLBACK").await?;
        return Ok(Outcome::Refused(refused));
    }

    for rows in &new {
        if let Err(failure) = fill::copy(client, &schema, rows, session.gentle).await {
            client.batch_execute("ROLLBACK").await?;
            return Err(failure);
        }
    }
    let mut sent: Vec<Sent<'_>> = Vec::with_capacity(ready.len() + 1);
    for (statement, params) in &ready {
        sent.push(Box::pin(execute(client, statement, params)));
    }
    // After an error in the transaction this is a rollback.
    sent.push(Box::pin(async { Ok(client.batch_execute("COMMIT").await?) }));
    together(sent).await?;
    Ok(Outcome::Stored)
}

type Sent<'c> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'c>>;

async fn execute(
    client: &tokio_postgres::Client,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<(), Failure> {
    let params: Vec<&(dyn ToSql + Sync)> =
        params.iter().map(|param| &**param as &(dyn ToSql + Sync)).collect();
    client.execute(statement, &params).await?;
    Ok(())
}

/// Sends all in order before it waits, and waits for all. The first error counts: others follow from it.
async fn together(mut calls: Vec<Sent<'_>>) -> Result<(), Failure> {
    let mut answers: Vec<Option<Result<(), Failure>>> = calls.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (call, answer) in calls.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match call.as_mut().poll(context) {
                    Poll::Ready(outcome) => *answer = Some(outcome),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// A place in a commit.
type Place = (Position, u32);

/// Whether all these events are parked.
async fn are_parked(
    client: &tokio_postgres::Client,
    schema: &str,
    group: &str,
    places: &[Place],
) -> Result<bool, Failure> {
    let sql = format!(
        "SELECT count(*) FROM {schema}.parked p, unnest($2::integer[], $3::bigint[], $4::bigint[]) \
         a (partition, number, place) \
         WHERE p.group_name = $1 AND p.partition = a.partition AND p.number = a.number AND p.place = a.place"
    );
    let statement = client.prepare(&sql).await?;
    let params = params_of(group, places);
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| &**param as _).collect();
    let count: i64 = client.query_one(&statement, &params).await?.get(0);
    Ok(count.unsigned_abs() == places.len() as u64)
}

/// The group, then the places as columns.
fn params_of<'s>(group: &'s str, places: &[Place]) -> Vec<Param<'s>> {
    vec![
        Box::new(group),
        Box::new(places.iter().map(|(p, _)| i32::from(p.partition)).collect::<Vec<_>>()),
        Box::new(places.iter().map(|(p, _)| clamp(p.number)).collect::<Vec<_>>()),
        Box::new(places.iter().map(|(_, index)| i64::from(*index)).collect::<Vec<_>>()),
    ]
}

fn write_parked<'s>(schema: &str, group: &'s str, step: &'s Step, writes: &mut Vec<Write<'s>>) {
    if !step.unpark.is_empty() {
        let sql = format!(
            "DELETE FROM {schema}.parked p USING unnest($2::integer[], $3::bigint[], $4::bigint[]) a (partition, \
             number, place) WHERE p.group_name = $1 AND p.partition = a.partition AND p.number = a.number \
             AND p.place = a.place"
        );
        writes.push(Write { sql, params: params_of(group, &step.unpark) });
    }
    if !step.park.is_empty() {
        let sql = format!(
            "INSERT INTO {schema}.parked SELECT $1, * FROM unnest($2::integer[], $3::bigint[], $4::bigint[], \
             $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::bigint[]) \
             ON CONFLICT (group_name, partition, number, place) DO UPDATE \
             SET error = excluded.error, parked_at = excluded.parked_at, tried_at = excluded.tried_at, \
             tries = excluded.tries"
        );
        let places: Vec<Place> = step.park.iter().map(|p| (p.position, p.index)).collect();
        let mut params = params_of(group, &places);
        params.push(Box::new(step.park.iter().map(|p| p.stream.as_str()).collect::<Vec<_>>()));
        params.push(Box::new(step.park.iter().map(|p| storable(&p.event)).collect::<Vec<_>>()));
        params.push(Box::new(step.park.iter().map(|p| storable(&p.error)).collect::<Vec<_>>()));
        params.push(Box::new(step.park.iter().map(|p| cell::system_time(p.parked_at)).collect::<Vec<_>>()));
        params.push(Box::new(step.park.iter().map(|p| cell::system_time(p.tried_at)).collect::<Vec<_>>()));
        params.push(Box::new(step.park.iter().map(|p| clamp(p.tries)).collect::<Vec<_>>()));
        writes.push(Write { sql, params });
    }
    let sql = format!("UPDATE {schema}.projection_groups SET parked_epoch = $2 WHERE name = $1");
    writes.push(Write { sql, params: vec![Box::new(group), Box::new(clamp(step.next_epoch()))] });
}
