//! What the server's numbers mean: docs/decisions/0024-a-ledger-on-sql-server.md has them.

/// What a number of the server's stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Two transactions waited for each other, and this one was given up.
    Deadlock,
    /// A key that must be unique is there already.
    Known,
    /// No such table.
    Missing,
    /// No such column.
    OtherTable,
    /// User or password.
    Login,
    /// The database.
    Database,
    /// A right is missing.
    Rights,
    /// There is no room.
    Full,
    /// Somebody keeps a lock.
    Locked,
    /// The server, or the way to it, is changing over, starting, or has too much to do.
    Away,
    /// Anything else.
    Other,
}

/// Of class 20 and more are errors that end the connection; from 17 on, what no statement can help.
pub(super) fn meaning(number: u32, class: u8) -> Meaning {
    match number {
        1205 => Meaning::Deadlock,
        2601 | 2627 => Meaning::Known,
        208 => Meaning::Missing,
        207 => Meaning::OtherTable,
        18452 | 18456 | 18486 | 18487 | 18488 => Meaning::Login,
        4060 => Meaning::Database,
        229 | 230 | 262 | 297 | 916 | 2760 => Meaning::Rights,
        1101 | 1105 | 9002 | 40544 => Meaning::Full,
        // 51222 is our own: `sql/create.sql`.
        1222 | 51222 => Meaning::Locked,
        615
        | 701
        | 921
        | 922
        | 924
        | 927
        | 942
        | 952
        | 976
        | 978
        | 979
        | 981..=983
        | 988
        | 1204
        | 3906
        | 4221
        | 6005
        | 8645
        | 8651
        | 10928
        | 10929
        | 17142
        | 17143
        | 17187
        | 17197
        | 17809
        | 18401
        | 18451
        | 40143
        | 40166
        | 40197
        | 40501
        | 40540
        | 40613
        | 42108
        | 42109
        | 49918..=49920 => Meaning::Away,
        // Resources that ran out, faults of the machine, and what ends the connection.
        _ if class >= 17 => Meaning::Away,
        _ => Meaning::Other,
    }
}

impl Meaning {
    /// What to do.
    pub(super) fn advice(self) -> Option<&'static str> {
        match self {
            Self::Full => Some("make room for the database or its log, or give it a larger quota"),
            Self::Locked => {
                Some("another session keeps rows of the ledger locked: sys.dm_tran_locks says which; end it")
            }
            Self::Rights => Some(
                "the command host's user needs SELECT, INSERT, UPDATE and DELETE in schema dbo, and once CREATE TABLE \
                 and ALTER on it; the query host's SELECT",
            ),
            Self::Missing => Some(
                "the ledger's tables are gone, or the database's compatibility level is below 130 (SQL Server 2016)",
            ),
            Self::Login => Some("look at user and password, and at whether the login is enabled"),
            Self::Database => Some("the database is gone, or the user may not use it"),
            _ => None,
        }
    }
}
