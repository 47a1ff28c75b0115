//! The tables of the file. A storage format.

use std::fmt::Write;

use rusqlite::Connection;
use uuid::Uuid;

/// The version of the format that this program writes, and the only one that it reads.
pub(crate) const FORMAT: i64 = 1;

/// Marks the file as a log of Tidings for `file(1)` and for us: "Tdng".
pub(crate) const APPLICATION: i64 = 0x5464_6e67;

/// The columns of a commit, in the order in which rows are bound and read.
pub(crate) const COLUMNS: &str = "number, stream, first_version, last_version, id, command, correlation, \
     causation, actor, occurred_at, recorded_at, hash, events";

/// Makes the tables in an empty file, in the open transaction.
pub(crate) fn create(
    connection: &Connection,
    partitions: u16,
    identity: Uuid,
    created_at: &str,
) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.execute_batch(
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    )?;
    let mut insert = connection.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
    insert.execute(("format", FORMAT))?;
    insert.execute(("partitions", partitions))?;
    insert.execute(("created_at", created_at))?;
    identify(connection, identity)?;
    for partition in 0..partitions {
        connection.execute_batch(&partition_tables(partition))?;
    }
    connection.execute_batch(&views(partitions))
}

/// Gives the log its identity, where it has none.
pub(crate) fn identify(connection: &Connection, identity: Uuid) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO meta (name, value) VALUES ('id', ?1)";
    connection.execute(sql, [identity.to_string()]).map(drop)
}

/// One table a partition: its key is the number, so it only ever grows at its right edge.
fn partition_tables(partition: u16) -> String {
    format!(
        "CREATE TABLE commits_{partition} (
    number        INTEGER PRIMARY KEY, -- the place in the partition: 1, 2, 3 … without a gap
    stream        TEXT NOT NULL,       -- the aggregate's history that it goes on with
    first_version INTEGER NOT NULL,    -- the place of its first event in the stream, from 1
    last_version  INTEGER NOT NULL,    -- the place of its last event in the stream
    id            BLOB NOT NULL,       -- its own id (all ids: the 16 bytes of a UUID)
    command       BLOB NOT NULL,       -- the command that made it
    correlation   BLOB NOT NULL,       -- what the whole conversation is about
    causation     BLOB,                -- what led to the command
    actor         BLOB NOT NULL,       -- who gave the command
    occurred_at   INTEGER,             -- when it happened, as the client says; milliseconds since 1970
    recorded_at   INTEGER NOT NULL,    -- when it was recorded; milliseconds since 1970
    hash          BLOB NOT NULL,       -- BLAKE3 over all this and the hash before it in the partition
    events        TEXT NOT NULL        -- JSON: [{{\"type\":…,\"schema\":…,\"data\":…}},…]
) STRICT;
CREATE UNIQUE INDEX commits_{partition}_stream ON commits_{partition} (stream, first_version);
CREATE UNIQUE INDEX commits_{partition}_command ON commits_{partition} (command);"
    )
}

/// Two views for people: every commit, and every event, with ids and times that can be read.
fn views(partitions: u16) -> String {
    let mut all = String::from("CREATE VIEW commits AS\n");
    for partition in 0..partitions {
        let join = if partition == 0 { "" } else { "\nUNION ALL " };
        let _ = write!(all, "{join}SELECT {partition} AS partition, * FROM commits_{partition}");
    }
    format!(
        "{all};\nCREATE VIEW events AS SELECT c.partition, c.number, c.stream,
    c.first_version + e.key AS version,
    e.value ->> 'type' AS type, e.value ->> 'schema' AS schema,
    coalesce(e.value -> 'data', e.value ->> 'text') AS data,
    {command} AS command, {correlation} AS correlation, {causation} AS causation, {actor} AS actor,
    {occurred} AS occurred_at, {recorded} AS recorded_at
FROM commits c, json_each(c.events) e;",
        command = uuid("c.command"),
        correlation = uuid("c.correlation"),
        causation = uuid("c.causation"),
        actor = uuid("c.actor"),
        occurred = time("c.occurred_at"),
        recorded = time("c.recorded_at"),
    )
}

/// SQL for the usual form of a UUID kept as 16 bytes.
fn uuid(column: &str) -> String {
    let parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)];
    let parts = parts.map(|(from, length)| format!("substr(lower(hex({column})), {from}, {length})"));
    format!("CASE WHEN {column} IS NOT NULL THEN {} END", parts.join(" || '-' || "))
}

/// SQL for the usual form of a time kept as milliseconds.
fn time(column: &str) -> String {
    format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column} / 1000.0, 'unixepoch')")
}
