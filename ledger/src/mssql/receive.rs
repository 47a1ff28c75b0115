//! A command is received, perhaps again.

use tiberius::ToSql;
use tidings_domain::Timestamp;

use super::failure::Failure;
use super::pool::Pool;
use super::{millis, row, sql};
use crate::{Entry, Hold, How, Receive, Received};

/// How often a command is looked for that was there, and is not when it is looked at: removed for its age in between.
const LOOKS: usize = 3;

/// Most commands are new, so each is written without a look; the key says which are not.
pub(super) async fn receive(pool: &Pool, command: &Receive, now: Timestamp) -> Result<Received, Failure> {
    for _ in 1..LOOKS {
        if let Some(received) = attempt(pool, command, now).await? {
            return Ok(received);
        }
    }
    let gone = || Failure::Broken("a command comes and goes while it is received".into());
    attempt(pool, command, now).await?.ok_or_else(gone)
}

async fn attempt(pool: &Pool, command: &Receive, now: Timestamp) -> Result<Option<Received>, Failure> {
    match first(pool, command, now).await {
        Err(failure) if failure.is_known() => again(pool, command, now).await,
        done => done.map(Some),
    }
}

async fn first(pool: &Pool, command: &Receive, now: Timestamp) -> Result<Received, Failure> {
    let Receive { id, digest, name, actor, how } = command;
    let (text, host, lease) = match how {
        How::Claim { host, lease } => (None, Some(*host), Some(millis(*lease))),
        How::Promise { text } => (Some(text.as_str()), None, None),
    };
    let (digest, name) = (&digest[..], &**name);
    let given: [&dyn ToSql; 8] = [&now.millis(), id, &digest, &name, actor, &text, &host, &lease];
    pool.run(sql::RECEIVE, &given).await?;
    Ok(match how {
        How::Claim { .. } => {
            Received::Claimed(Hold { id: *id, fence: 1, attempts: 1, promised: false, next_attempt_at: None })
        }
        How::Promise { .. } => Received::Accepted,
    })
}

/// None where it is not there any more.
async fn again(pool: &Pool, command: &Receive, now: Timestamp) -> Result<Option<Received>, Failure> {
    let Receive { id, digest, how, .. } = command;
    let (now, own) = (now.millis(), &digest[..]);
    let results = match how {
        How::Claim { host, lease } => {
            pool.run(sql::TAKE_AGAIN, &[&now, id, &own, host, &millis(*lease)]).await
        }
        How::Promise { text } => pool.run(sql::PROMISE_AGAIN, &[&now, id, &own, text]).await,
    }?;
    let [before, changed] = results.as_slice() else {
        return Err(Failure::Foreign(format!("{} results instead of two", results.len())));
    };
    let Some(known) = before.first().map(row::entry).transpose()? else { return Ok(None) };
    Ok(Some(match (how, changed.first()) {
        _ if known.digest != *digest => Received::Reused,
        (How::Claim { .. }, Some(taken)) => Received::Claimed(Hold {
            id: *id,
            fence: row::get::<i64>(taken, 0)?.unsigned_abs(),
            attempts: row::get::<i32>(taken, 1)?.unsigned_abs(),
            promised: false,
            next_attempt_at: known.next_attempt_at,
        }),
        (How::Promise { .. }, Some(_)) => {
            Received::Known(Box::new(Entry { promised: true, attempts: 0, ..known }))
        }
        (_, None) => Received::Known(Box::new(known)),
    }))
}
