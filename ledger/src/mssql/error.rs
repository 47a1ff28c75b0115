//! Why a ledger on SQL Server cannot be opened, with what to do about it.

/// Why a ledger on SQL Server cannot be opened. Neither user nor password stand in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MssqlError {
    /// A text is no URL of a database. It is not repeated: it may hold a password.
    #[error("{cause}")]
    Url {
        /// What is wrong with it.
        cause: String,
    },
    /// It does not answer now; later it may.
    #[error("{server}: {cause}")]
    Away {
        /// Where it should be.
        server: String,
        /// What it does instead.
        cause: String,
    },
    /// What answers is no SQL Server.
    #[error("{server} does not answer as a SQL Server does ({cause}); look at host and port")]
    NotSqlServer {
        /// Where it was looked for.
        server: String,
        /// What was heard.
        cause: String,
    },
    /// No safe connection can be made to it.
    #[error("{server}: no TLS: {cause}")]
    Tls {
        /// The server.
        server: String,
        /// What is wrong, and what to do.
        cause: String,
    },
    /// It does not let us in.
    #[error(
        "{server} refuses user or password ({number}); look at both, and at whether the login is enabled"
    )]
    Login {
        /// The server.
        server: String,
        /// The number of its error.
        number: u32,
    },
    /// There is no such database for this user.
    #[error(
        "{server}: there is no such database, or the user may not use it; CREATE DATABASE, or CREATE USER in it"
    )]
    Database {
        /// The server.
        server: String,
    },
    /// There is no ledger in the database.
    #[error("there is no ledger at {server}; the command host that keeps it must have been started once")]
    Missing {
        /// The server.
        server: String,
    },
    /// Another program wrote it, a newer or a very old one.
    #[error(
        "the ledger at {server} has format {found}, but this program knows format {known}; use the program that wrote it"
    )]
    Format {
        /// The server.
        server: String,
        /// Its format.
        found: i32,
        /// The format known here.
        known: i32,
    },
    /// Something else has its name.
    #[error("dbo.tidings_ledger at {server} is not a ledger of Tidings; use another database")]
    NotALedger {
        /// The server.
        server: String,
    },
    /// Anything else that waiting does not mend.
    #[error("the ledger at {server} cannot be opened: {cause}")]
    Failed {
        /// The server.
        server: String,
        /// What it said, and what to do.
        cause: String,
    },
}
