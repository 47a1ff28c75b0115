//! Why a log on MongoDB cannot be opened, with what to do about it.

/// Why a log on MongoDB cannot be opened. `server` is its URL without user, password and options.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server is not there, or not ready. [May pass](Self::may_pass).
    #[error(
        "{server} does not answer as it should: {cause}; is MongoDB running there, and reachable from here?"
    )]
    Away {
        /// Where.
        server: String,
        /// What was seen of it.
        cause: String,
    },
    /// There is no log yet. [May pass](Self::may_pass).
    #[error("there is no log at {server}; the command host that writes it must have been started once")]
    Missing {
        /// Where it was looked for.
        server: String,
    },
    /// The URL is none of MongoDB.
    #[error(
        "the URL of the store is no URL of MongoDB: {cause}; write mongodb://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Url {
        /// What is wrong with it.
        cause: String,
    },
    /// The user or the password is wrong.
    #[error("{server} refuses this user and password; correct them, or the authSource, in the URL")]
    Login {
        /// Where.
        server: String,
    },
    /// The user may not do what is needed, or none was named where one is needed.
    #[error(
        "{server} does not allow this user to {action}; grant it the role {role} on the database, or name a user in the URL"
    )]
    Rights {
        /// Where.
        server: String,
        /// What was tried.
        action: String,
        /// The role that would do.
        role: &'static str,
    },
    /// Something answers there, but it is not MongoDB, or not with this encryption.
    #[error(
        "what answers at {server} does not speak MongoDB's protocol ({cause}); correct the host, the port or the option tls in the URL"
    )]
    NotMongo {
        /// Where.
        server: String,
        /// What was seen.
        cause: String,
    },
    /// A newer program made the log.
    #[error(
        "the log at {server} has format {found}, but this program knows format {known}; use a newer program"
    )]
    Newer {
        /// Where.
        server: String,
        /// Its format.
        found: u64,
        /// The newest format known here.
        known: u64,
    },
    /// No log can have so many partitions, or none.
    #[error("a log has 1 to {most} partitions, not {asked}")]
    PartitionCount {
        /// The number asked for.
        asked: u16,
        /// The most.
        most: u16,
    },
    /// It is a log, but not whole, or its indexes are not those of a log.
    #[error(
        "the log at {server} is damaged ({cause}); bring it back from a backup, or name another database"
    )]
    Damaged {
        /// Where.
        server: String,
        /// What is wrong.
        cause: String,
    },
    /// Anything else.
    #[error("the log at {server} cannot be opened: {cause}")]
    Failed {
        /// Where.
        server: String,
        /// What was seen.
        cause: String,
    },
}

impl ConnectError {
    /// Whether it may be otherwise in a while, without anybody correcting anything: a host may wait for it.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Away { .. } | Self::Missing { .. })
    }
}
