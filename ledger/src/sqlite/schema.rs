//! The tables of the file. A storage format.

use rusqlite::Connection;

/// The version of the format that this program reads and writes.
pub(super) const FORMAT: i64 = 2;

/// An older version, which has no progress of processes; opened for writing it becomes the present one.
pub(super) const BEFORE: i64 = 1;

/// Marks the file as a ledger of Tidings for `file(1)` and for us: "Tdlg".
pub(super) const APPLICATION: i64 = 0x5464_6c67;

/// What each state has, and no other. A retry that forgot its time would never come; here it cannot be stored. No `IN`: with
/// more than two values SQLite makes a table of them each time a row is written.
const TABLES: &str = "
CREATE TABLE clock (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seen INTEGER NOT NULL             -- the latest time that any host has told; milliseconds since 1970, as all times
) STRICT;
INSERT INTO clock (one, seen) VALUES (1, 0);

CREATE TABLE commands (
    number          INTEGER PRIMARY KEY, -- the order of receipt
    id              BLOB NOT NULL,       -- the command's id (all ids: the 16 bytes of a UUID)
    digest          BLOB NOT NULL,       -- BLAKE3 of its content
    name            TEXT NOT NULL,       -- what it is called
    actor           BLOB NOT NULL,       -- who gave it
    promised        INTEGER NOT NULL,    -- 1: it is carried out though nobody waits
    text            TEXT,                -- JSON: all of a promised command, until it has its outcome
    state           TEXT NOT NULL,       -- where it stands
    attempts        INTEGER NOT NULL,    -- how often it was begun
    fence           INTEGER NOT NULL,    -- grows whenever a host takes it
    host            BLOB,                -- which host is at it
    lease_until     INTEGER,             -- until when
    next_attempt_at INTEGER,             -- when it is tried again
    due_at          INTEGER,             -- when any host may take it
    received_at     INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    last_error      TEXT,                -- why the last attempt that failed did
    position        TEXT,                -- where its commit stands
    outcome         TEXT,                -- JSON: what the reply says, or its error
    CHECK (state = 'SUCCEEDED' OR state = 'PROCESSING' OR state = 'RECEIVED' OR state = 'REJECTED'
        OR state = 'FAILED_RETRYABLE' OR state = 'FAILED_TERMINAL' OR state = 'CANCELLED'),
    CHECK ((state = 'PROCESSING') = (lease_until IS NOT NULL)),
    CHECK ((state = 'PROCESSING') = (host IS NOT NULL)),
    CHECK ((state = 'FAILED_RETRYABLE') = (next_attempt_at IS NOT NULL)),
    CHECK ((state = 'SUCCEEDED' OR state = 'REJECTED' OR state = 'FAILED_TERMINAL' OR state = 'CANCELLED')
        = (outcome IS NOT NULL)),
    CHECK ((promised = 1 AND outcome IS NULL) = (due_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX commands_id ON commands (id);
CREATE INDEX commands_state ON commands (state, number);
CREATE INDEX commands_due ON commands (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE reservations (
    name   TEXT PRIMARY KEY,
    holder BLOB NOT NULL,
    until  INTEGER                       -- none: confirmed
) STRICT, WITHOUT ROWID;
CREATE INDEX reservations_until ON reservations (until) WHERE until IS NOT NULL;
";

/// How far processes have come: what they are done with, to the commit.
const PROGRESS: &str = "
CREATE TABLE progress (
    process   TEXT NOT NULL,
    partition INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    PRIMARY KEY (process, partition)
) STRICT, WITHOUT ROWID;
";

/// Makes the tables in an empty file, in the open transaction.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.execute_batch(TABLES)?;
    connection.execute_batch(PROGRESS)
}

/// Makes the present version of an older one, in the open transaction.
pub(super) fn lift(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.execute_batch(PROGRESS)
}
