//! What is done with commands: a few statements each, in the open transaction.

use rusqlite::{Connection, OptionalExtension, named_params};
use uuid::Uuid;

use super::row::{self, COLUMNS};
use super::{millis, stored};
use crate::{Claim, End, Entry, Finish, Hold, How, Listing, Receive, Received, State, Work};

/// What repeats are told of a command whose row cannot be read.
const UNREADABLE: &str =
    r#"{"code":"unavailable","message":"what was promised cannot be read from the ledger","retry":false}"#;

pub(super) fn receive(connection: &Connection, command: &Receive, now: i64) -> rusqlite::Result<Received> {
    let Receive { id, digest, name, actor, how } = command;
    let (host, lease, text) = match how {
        How::Claim { host, lease } => {
            (Some(host.into_bytes()), Some(now.saturating_add(millis(*lease))), None)
        }
        How::Promise { text } => (None, None, Some(text)),
    };
    let claims = host.is_some();
    let state = if claims { State::Processing } else { State::Received };
    let inserted = connection
        .prepare_cached(
            "INSERT INTO commands (id, digest, name, actor, promised, text, state, attempts, fence, host, lease_until, \
             due_at, received_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?12) \
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute((
            id.as_bytes(),
            digest,
            name,
            actor.as_bytes(),
            !claims,
            text,
            state.as_str(),
            claims,
            host,
            lease,
            (!claims).then_some(now),
            now,
        ))?;
    if inserted == 1 {
        let hold = Hold { id: *id, fence: 1, attempts: 1, promised: false, next_attempt_at: None };
        return Ok(if claims { Received::Claimed(hold) } else { Received::Accepted });
    }
    let known = get(connection, *id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    if known.digest != *digest {
        return Ok(Received::Reused);
    }
    match how {
        How::Claim { host, lease } if known.may_be_taken(*host, super::time(now)) => {
            let until = now.saturating_add(millis(*lease));
            let attempts = known.attempts_when_waited_for(*host);
            let (hold, _) = take(connection, stored(known.number), Some(attempts), *host, until, now)?;
            Ok(Received::Claimed(Hold { promised: false, next_attempt_at: known.next_attempt_at, ..hold }))
        }
        How::Promise { text } if !known.promised && !known.state.is_final() => {
            connection
                .prepare_cached(
                    "UPDATE commands SET promised = 1, text = ?2, attempts = 0, due_at = coalesce(lease_until, ?3) \
                     WHERE number = ?1",
                )?
                .execute((stored(known.number), text, now))?;
            Ok(Received::Known(Box::new(Entry { promised: true, attempts: 0, ..known })))
        }
        _ => Ok(Received::Known(Box::new(known))),
    }
}

/// Gives a command to a host; with the text, if it was promised. `attempts`: as they are from now on, else one more.
fn take(
    connection: &Connection,
    number: i64,
    attempts: Option<u32>,
    host: Uuid,
    until: i64,
    now: i64,
) -> rusqlite::Result<(Hold, Option<String>)> {
    connection
        .prepare_cached(
            "UPDATE commands SET state = 'PROCESSING', attempts = coalesce(?5, attempts + 1), fence = fence + 1, \
             host = ?2, lease_until = ?3, due_at = CASE promised WHEN 1 THEN ?3 END, next_attempt_at = NULL, \
             updated_at = ?4 WHERE number = ?1 RETURNING id, fence, attempts, promised, text",
        )?
        .query_row((number, host.as_bytes(), until, now, attempts), |row| {
            let (id, fence) = (row::id(row, 0)?, row.get::<_, i64>(1)?.unsigned_abs());
            let (attempts, promised) = (row.get(2)?, row.get(3)?);
            Ok((Hold { id, fence, attempts, promised, next_attempt_at: None }, row.get(4)?))
        })
}

pub(super) fn claim(connection: &Connection, claim: &Claim, now: i64) -> rusqlite::Result<Vec<Work>> {
    let due: Vec<i64> = connection
        .prepare_cached("SELECT number FROM commands WHERE due_at <= ?1 ORDER BY due_at, number LIMIT ?2")?
        .query_map((now, claim.most), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let until = now.saturating_add(millis(claim.lease));
    let mut work = Vec::with_capacity(due.len());
    for number in due {
        match take(connection, number, None, claim.host, until, now) {
            Ok((hold, text)) => work.push(Work { hold, text: text.unwrap_or_default() }),
            Err(error) if row::is_unreadable(&error) => give_up(connection, number, &error, now)?,
            Err(error) => return Err(error),
        }
    }
    Ok(work)
}

/// Ends what nobody can carry out, so that it is not in the way of the others.
fn give_up(connection: &Connection, number: i64, error: &rusqlite::Error, now: i64) -> rusqlite::Result<()> {
    let why = format!("its row in the ledger cannot be read: {error}");
    tracing::error!(number, "a promised command is given up: {why}");
    connection
        .prepare_cached(
            "UPDATE commands SET state = 'FAILED_TERMINAL', attempts = 1, host = NULL, lease_until = NULL, \
             next_attempt_at = NULL, due_at = NULL, updated_at = ?2, last_error = ?3, outcome = ?4 WHERE number = ?1",
        )?
        .execute((number, now, why, UNREADABLE))
        .map(drop)
}

/// Whether the holder still has it.
pub(super) fn renew(connection: &Connection, hold: Hold, until: i64) -> rusqlite::Result<bool> {
    let renewed = connection
        .prepare_cached(
            "UPDATE commands SET lease_until = ?3, due_at = CASE promised WHEN 1 THEN ?3 END \
             WHERE id = ?1 AND fence = ?2 AND state = 'PROCESSING'",
        )?
        .execute((hold.id.as_bytes(), stored(hold.fence), until))?;
    Ok(renewed == 1)
}

/// Whether the holder still had it.
pub(super) fn finish(
    connection: &Connection,
    End { hold, finish }: &End,
    now: i64,
) -> rusqlite::Result<bool> {
    let (mut error, mut outcome, mut position, mut next) = (None, None, None, None);
    let state = match finish {
        Finish::Appended { position: at, outcome: told } => {
            (outcome, position) = (Some(told), Some(at.to_string()));
            State::Succeeded
        }
        Finish::Unchanged { outcome: told } => {
            outcome = Some(told);
            State::Succeeded
        }
        Finish::Refused { outcome: told } => {
            outcome = Some(told);
            State::Rejected
        }
        Finish::Retry { error: why, after } => {
            (error, next) = (Some(why), Some(now.saturating_add(millis(*after))));
            State::FailedRetryable
        }
        Finish::Failed { error: why, outcome: told } => {
            (error, outcome) = (Some(why), Some(told));
            State::FailedTerminal
        }
        Finish::LetGo { error: why } => {
            (error, next) = (Some(why), hold.next_attempt_at.map(|at| at.millis()));
            next.map_or(State::Received, |_| State::FailedRetryable)
        }
    };
    // What has its outcome needs its text no more; what failed may yet be tried again.
    let keeps_text = !matches!(state, State::Succeeded | State::Rejected);
    let due = if state.is_final() { None } else { next.or(Some(now)) };
    let finished = connection
        .prepare_cached(
            "UPDATE commands SET state = ?3, host = NULL, lease_until = NULL, next_attempt_at = ?4, \
             due_at = CASE promised WHEN 1 THEN ?5 END, updated_at = ?6, \
             last_error = coalesce(?7, last_error), position = ?8, outcome = ?9, \
             text = CASE WHEN ?10 THEN text END WHERE id = ?1 AND fence = ?2 AND state = 'PROCESSING'",
        )?
        .execute((
            hold.id.as_bytes(),
            stored(hold.fence),
            state.as_str(),
            next,
            due,
            now,
            error,
            position,
            outcome,
            keeps_text,
        ))?;
    Ok(finished == 1)
}

pub(super) fn take_over(connection: &Connection, host: Uuid, now: i64) -> rusqlite::Result<u64> {
    let taken = connection.execute(
        "UPDATE commands SET state = 'RECEIVED', fence = fence + 1, host = NULL, lease_until = NULL, \
         due_at = CASE promised WHEN 1 THEN ?2 END, updated_at = ?2 WHERE state = 'PROCESSING' AND host <> ?1",
        (host.as_bytes(), now),
    )?;
    Ok(taken as u64)
}

pub(super) fn get(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<Entry>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM commands WHERE id = ?1"))?
        .query_row([id.as_bytes()], row::entry)
        .optional()
}

pub(super) fn list(connection: &Connection, listing: Listing) -> rusqlite::Result<Vec<Entry>> {
    let Listing { state, before, most } = listing;
    let of = state.map_or("", |_| "state = :state AND");
    let sql = format!(
        "SELECT {COLUMNS} FROM commands WHERE {of} number < :before ORDER BY number DESC LIMIT :most"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let before = before.map_or(i64::MAX, stored);
    match state.map(State::as_str) {
        Some(state) => statement
            .query_map(named_params! { ":state": state, ":before": before, ":most": most }, row::entry)?
            .collect(),
        None => {
            statement.query_map(named_params! { ":before": before, ":most": most }, row::entry)?.collect()
        }
    }
}

pub(super) fn backlog(connection: &Connection, most: u64) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM commands WHERE due_at IS NOT NULL LIMIT ?1)")?
        .query_row([stored(most)], |row| row.get::<_, i64>(0))
        .map(i64::unsigned_abs)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sqlite::schema;

    #[test]
    fn a_row_that_cannot_be_read_is_given_up_and_the_others_are_claimed() {
        let connection = Connection::open_in_memory().unwrap();
        schema::create(&connection).unwrap();
        for number in 1..=5 {
            let how = How::Promise { text: "{}".into() };
            let (id, actor) = (Uuid::from_u128(number), Uuid::nil());
            let command = Receive { id, digest: [0; 32], name: "CreatePost".into(), actor, how };
            assert_eq!(receive(&connection, &command, 0), Ok(Received::Accepted));
        }
        let spoil = "UPDATE commands SET id = x'00' WHERE number = 1;
            UPDATE commands SET text = CAST(x'ff' AS TEXT) WHERE number = 2;
            UPDATE commands SET attempts = -7 WHERE number = 3;";
        connection.execute_batch(spoil).unwrap();
        let wish = Claim { host: Uuid::nil(), lease: Duration::from_secs(30), most: 4 };
        let claimed = claim(&connection, &wish, 1).unwrap();
        assert_eq!(claimed.iter().map(|work| work.hold.id).collect::<Vec<_>>(), [Uuid::from_u128(4)]);
        let given_up: Vec<(i64, String)> = connection
            .prepare(
                "SELECT number, last_error FROM commands WHERE state = 'FAILED_TERMINAL' ORDER BY number",
            )
            .unwrap()
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(given_up.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(given_up.iter().all(|(_, why)| why.contains("cannot be read")), "{given_up:?}");
        assert_eq!(claim(&connection, &wish, 1).unwrap().len(), 1);
    }
}
