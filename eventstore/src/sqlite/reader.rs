//! The reading threads: the reads that wait share one snapshot.

use std::fmt::Write;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Params};
use tidings_domain::StreamId;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::queue::{Abandon, Queue};
use super::row;
use super::schema::COLUMNS;
use crate::{Commit, Head, ReadError, Slice};

type Reply<T> = oneshot::Sender<Result<T, ReadError>>;

/// A read that waits.
pub(crate) enum Read {
    Stream { partition: u16, stream: StreamId, version: u64, limit: usize, reply: Reply<Slice> },
    Partition { partition: u16, after: u64, limit: usize, reply: Reply<Slice> },
    Head { partition: u16, reply: Reply<Head> },
    Version { partition: u16, stream: StreamId, reply: Reply<u64> },
    Command { partition: u16, command: Uuid, reply: Reply<Option<Arc<Commit>>> },
}

/// The most reads of one snapshot, so that short ones are not long behind others.
const TOGETHER: usize = 16;

/// A page ends with the commit that brings it to so many bytes: what bounds the memory of a read.
const PAGE_BYTES: usize = 8 << 20;

/// Answers what waits until the queue is closed and empty.
pub(crate) fn run(connection: &Connection, queue: &Queue<Read>) {
    let _abandon = Abandon(queue);
    let mut reader = Reader { connection, sql: String::new() };
    let mut waiting = Vec::new();
    while queue.take(TOGETHER, &mut waiting) {
        // The snapshot is taken by the first read in it, so after all that wait were asked for.
        let together = waiting.len() > 1 && connection.execute_batch("BEGIN").is_ok();
        for read in waiting.drain(..) {
            reader.answer(read);
        }
        if together {
            let _ = connection.execute_batch("COMMIT");
        }
    }
}

struct Reader<'c> {
    connection: &'c Connection,
    sql: String,
}

impl Reader<'_> {
    fn answer(&mut self, read: Read) {
        // A caller that has gone needs no answer.
        match read {
            Read::Stream { partition, stream, version, limit, reply } => {
                let _ = reply.send(self.stream(partition, &stream, version, limit));
            }
            Read::Partition { partition, after, limit, reply } => {
                let _ = reply.send(self.partition(partition, after, limit));
            }
            Read::Head { partition, reply } => {
                let _ = reply.send(self.head(partition));
            }
            Read::Version { partition, stream, reply } => {
                let _ = reply.send(self.version(partition, &stream));
            }
            Read::Command { partition, command, reply } => {
                let _ = reply.send(self.command(partition, command));
            }
        }
    }

    fn prepare(&mut self, what: &str, partition: u16, rest: &str) -> Result<CachedStatement<'_>, ReadError> {
        self.sql.clear();
        let _ = write!(self.sql, "SELECT {what} FROM commits_{partition} {rest}");
        self.connection.prepare_cached(&self.sql).map_err(|e| failed(partition, &e))
    }

    fn stream(&mut self, p: u16, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        // The first commit may begin before `version`: the last one that begins at or before it.
        let rest = format!(
            "WHERE stream = ?1 AND last_version >= ?2 AND first_version >= (SELECT coalesce(max(first_version), 0) \
             FROM commits_{p} WHERE stream = ?1 AND first_version <= ?2) ORDER BY first_version"
        );
        let mut statement = self.prepare(COLUMNS, p, &rest)?;
        page(p, &mut statement, (stream.as_str(), clamp(version)), limit)
    }

    fn partition(&mut self, p: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        let mut statement = self.prepare(COLUMNS, p, "WHERE number > ?1 ORDER BY number")?;
        page(p, &mut statement, (clamp(after),), limit)
    }

    fn head(&mut self, p: u16) -> Result<Head, ReadError> {
        let mut statement = self.prepare("number, hash, recorded_at", p, "ORDER BY number DESC LIMIT 1")?;
        let head = statement.query_row((), |row| {
            let read = || {
                let (number, hash) = (row::whole(row, 0)?, row::hash(row, 1)?);
                Ok(Head { number, hash, recorded_at: row::time(row, 2)? })
            };
            Ok(read())
        });
        let head = head.optional().map_err(|e| failed(p, &e))?;
        let damaged = |cause| ReadError::Damaged { place: format!("the head of partition {p}"), cause };
        head.transpose().map(Option::unwrap_or_default).map_err(damaged)
    }

    fn version(&mut self, p: u16, stream: &StreamId) -> Result<u64, ReadError> {
        let rest = "WHERE stream = ?1 ORDER BY first_version DESC LIMIT 1";
        let mut statement = self.prepare("last_version", p, rest)?;
        let version = statement.query_row((stream.as_str(),), |row| Ok(row::whole(row, 0)));
        let version = version.optional().map_err(|e| failed(p, &e))?;
        let damaged = |cause| ReadError::Damaged { place: format!("the version of {stream}"), cause };
        version.transpose().map(Option::unwrap_or_default).map_err(damaged)
    }

    fn command(&mut self, p: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        let mut statement = self.prepare(COLUMNS, p, "WHERE command = ?1")?;
        let found = page(p, &mut statement, (&command.as_bytes()[..],), 1)?;
        Ok(found.commits.into_iter().next())
    }
}

/// The first `limit` commits, or as many as make a page; `end` where none follows.
fn page(
    p: u16,
    query: &mut CachedStatement<'_>,
    params: impl Params,
    limit: usize,
) -> Result<Slice, ReadError> {
    let mut rows = query.query(params).map_err(|e| failed(p, &e))?;
    let mut slice = Slice { commits: Vec::new(), end: true };
    let mut bytes = 0;
    while let Some(row) = rows.next().map_err(|e| failed(p, &e))? {
        if slice.commits.len() >= limit || bytes >= PAGE_BYTES {
            slice.end = false;
            break;
        }
        let commit = row::commit(p, row)?;
        bytes += commit.bytes();
        slice.commits.push(Arc::new(commit));
    }
    Ok(slice)
}

/// SQLite's integers end at 2^63 - 1, beyond which there is nothing.
fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn failed(partition: u16, error: &rusqlite::Error) -> ReadError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ReadError::Damaged { place: format!("partition {partition}"), cause: error.to_string() }
        }
        _ => ReadError::Unavailable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open;
    use rusqlite::StatementStatus;

    #[test]
    fn a_read_is_prepared_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.sqlite");
        let (_writing, _) = open::writing(&file, 1).unwrap();
        let (connection, _) = open::reading(&file).unwrap();
        let mut reader = Reader { connection: &connection, sql: String::new() };
        for version in 1..5 {
            let stream = format!("thing-{version}").parse().unwrap();
            reader.stream(0, &stream, version, 10).unwrap();
        }
        let statement = connection.prepare_cached(&reader.sql).unwrap();
        assert_eq!(statement.get_status(StatementStatus::Run), 4);
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
