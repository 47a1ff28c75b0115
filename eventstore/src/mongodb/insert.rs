//! Storing a batch: ordered inserts, and what the server's answer means.
//!
//! The command is sent as it is written here and not by the driver's `insert_many`: the driver never sends it twice
//! by itself, the answer's own numbers and codes decide, and the documents are written once, without a copy.

use std::sync::Arc;
use std::time::Duration;

use mongodb::Database;
use mongodb::bson::{Bson, Document, RawDocumentBuf};
use mongodb::error::{Error, ErrorKind};

use super::bson::Writer;
use super::call::{Failure, within};
use super::document::{self, MOST_BYTES, Place};
use crate::{Batch, Commit, InsertError};

/// The most documents of one command (`maxWriteBatchSize`).
const MOST_DOCUMENTS: usize = 100_000;

/// A key is taken. The only code that is a normal end.
const DUPLICATE_KEY: i64 = 11_000;

/// Codes that say of the document at which an insert stopped, without doubt, that it is not stored: too large,
/// refused by a validator, not allowed.
const NOT_STORED: [i64; 3] = [10_334, 121, 13];

/// Stores the commits of a batch in order; tells how many, up to the first whose key is taken. In doubt after `limit`.
pub(crate) async fn insert(
    database: &Database,
    batch: &Batch,
    limit: Duration,
) -> Result<usize, InsertError> {
    let collection = super::collection(batch.partition);
    let mut stored = 0;
    while let Some(rest) = batch.commits.get(stored..).filter(|rest| !rest.is_empty()) {
        let after_some = stored > 0;
        let sent = in_doubt_if(after_some, insert_some(database, &collection, rest, limit).await)?;
        stored += sent.stored;
        if sent.stopped {
            break;
        }
    }
    Ok(stored)
}

/// Where a part of a batch was stored, "nothing was stored" is no longer true.
pub(crate) fn in_doubt_if<T>(after_some: bool, answer: Result<T, InsertError>) -> Result<T, InsertError> {
    match answer {
        Err(InsertError::Refused(cause)) if after_some => Err(InsertError::InDoubt(cause)),
        other => other,
    }
}

/// What became of one command.
#[derive(Debug, PartialEq, Eq)]
struct Sent {
    stored: usize,
    /// Whether the one after those met a taken key.
    stopped: bool,
}

/// Sends as many of the commits as one command takes.
async fn insert_some(
    database: &Database,
    collection: &str,
    commits: &[Arc<Commit>],
    limit: Duration,
) -> Result<Sent, InsertError> {
    let (command, count) = command(collection, commits, limit * 3 / 4).map_err(InsertError::Refused)?;
    let answer = within(limit, database.run_raw_command(command)).await;
    verdict(&answer.map_err(|failure| failed(&failure))?, count)
}

/// The command that inserts the first commits, as many as fit, and how many those are. `majority` is how long the
/// server waits for one.
fn command(
    collection: &str,
    commits: &[Arc<Commit>],
    majority: Duration,
) -> Result<(RawDocumentBuf, usize), String> {
    let (count, bytes) = fitting(commits)?;
    let (mut writer, command) = Writer::begin(bytes + 256);
    writer.text("insert", collection);
    writer.bool("ordered", true);
    let concern = writer.begin_document("writeConcern");
    writer.text("w", "majority");
    writer.bool("j", true);
    writer.int("wtimeout", i32::try_from(majority.as_millis()).unwrap_or(i32::MAX));
    writer.end(concern);
    let documents = writer.begin_array("documents");
    for (place, commit) in commits[..count].iter().enumerate() {
        document::write(commit, Place::new().of(place), &mut writer)?;
    }
    writer.end(documents);
    writer.end(command);
    Ok((RawDocumentBuf::from_bytes(writer.bytes()).map_err(|e| e.to_string())?, count))
}

/// How many of the first commits one command takes, and their bytes: the command is a document itself.
fn fitting(commits: &[Arc<Commit>]) -> Result<(usize, usize), String> {
    let (mut count, mut bytes) = (0, 0);
    for commit in commits.iter().take(MOST_DOCUMENTS) {
        let size = document::size(commit);
        check(size)?;
        // Its key in the array: a type, up to five digits, an end.
        if count > 0 && bytes + size + 7 > MOST_BYTES {
            break;
        }
        bytes += size + 7;
        count += 1;
    }
    Ok((count, bytes))
}

/// Whether MongoDB takes a document of so many bytes.
pub(crate) fn check(size: usize) -> Result<(), String> {
    if size <= MOST_BYTES {
        return Ok(());
    }
    Err(format!(
        "the commit would be a document of {size} bytes; the limit of MongoDB is {MOST_BYTES} (16 MiB)"
    ))
}

/// What an answer to an insert of so many documents says.
fn verdict(answer: &Document, count: usize) -> Result<Sent, InsertError> {
    if let Some(error) = answer.get("writeConcernError") {
        return Err(InsertError::InDoubt(format!("no majority has it in time ({})", code_of(error))));
    }
    let errors = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    if let Some(first) = errors.first() {
        let index = field(first, "index").and_then(|index| usize::try_from(index).ok());
        return match (field(first, "code"), index) {
            (Some(DUPLICATE_KEY), Some(index)) if index < count => Ok(Sent { stored: index, stopped: true }),
            (Some(code), Some(0)) if NOT_STORED.contains(&code) => {
                Err(InsertError::Refused(format!("the server does not take it (code {code})")))
            }
            _ => Err(InsertError::InDoubt(format!("the server stopped in an insert ({})", code_of(first)))),
        };
    }
    let stored = answer.get("n").and_then(whole).and_then(|n| usize::try_from(n).ok());
    if stored != Some(count) {
        return Err(InsertError::InDoubt(format!("the server says it stored {stored:?} of {count}")));
    }
    Ok(Sent { stored: count, stopped: false })
}

fn field(error: &Bson, name: &str) -> Option<i64> {
    error.as_document().and_then(|error| error.get(name)).and_then(whole)
}

fn code_of(error: &Bson) -> String {
    field(error, "code").map_or("no code".into(), |code| format!("code {code}"))
}

fn whole(number: &Bson) -> Option<i64> {
    match number {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) if number.fract() == 0.0 => Some(*number as i64),
        _ => None,
    }
}

/// An insert that got no answer. Only what fails before anything is sent is a refusal; anything else may have been
/// stored, or will be.
fn failed(failure: &Failure) -> InsertError {
    let sent = match failure {
        Failure::Late(_) => true,
        Failure::Driver(error) => may_have_been_sent(error),
    };
    let cause = failure.to_string();
    if sent { InsertError::InDoubt(cause) } else { InsertError::Refused(cause) }
}

fn may_have_been_sent(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::ServerSelection { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::InvalidTlsConfig { .. }
        | ErrorKind::InvalidArgument { .. } => false,
        // Not allowed: told before the first document is looked at.
        ErrorKind::Command(error) => error.code != 13,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::doc;

    #[test]
    fn what_is_not_certain_is_in_doubt() {
        let stored = |stored, stopped| Ok(Sent { stored, stopped });
        let told = |answer| verdict(&answer, 3);
        assert_eq!(told(doc! { "n": 3, "ok": 1.0 }), stored(3, false));
        let taken = |index: i32| doc! { "n": index, "writeErrors": [{ "index": index, "code": 11_000 }] };
        assert_eq!(told(taken(0)), stored(0, true));
        assert_eq!(told(taken(2)), stored(2, true));
        let refused = doc! { "n": 0, "writeErrors": [{ "index": 0, "code": 10_334 }] };
        assert!(matches!(told(refused), Err(InsertError::Refused(_))));
        for doubtful in [
            doc! { "n": 3, "writeConcernError": { "code": 64 } },
            doc! { "n": 1, "writeErrors": [{ "index": 1, "code": 11_000 }], "writeConcernError": { "code": 64 } },
            doc! { "n": 1, "writeErrors": [{ "index": 1, "code": 10_334 }] },
            doc! { "n": 0, "writeErrors": [{ "index": 0, "code": 89 }] },
            doc! { "n": 0, "writeErrors": [{ "index": 3, "code": 11_000 }] },
            doc! { "n": 0, "writeErrors": [{ "code": 11_000 }] },
            doc! { "n": 2 },
            doc! { "ok": 1.0 },
        ] {
            assert!(matches!(told(doubtful.clone()), Err(InsertError::InDoubt(_))), "{doubtful}");
        }
    }
}
