//! What went wrong, and what to make of it.

use std::io::ErrorKind;
use std::time::Duration;

use tiberius::error::Error;

use super::MssqlError;
use super::meaning::{Meaning, meaning};
use super::open::FORMAT;
use crate::LedgerError;

/// Why a call failed.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// What the server says. The statement has done nothing.
    Said { number: u32, class: u8, message: String },
    /// The connection broke, or there is none.
    Broken(String),
    /// No answer within this time.
    Silent(Duration),
    /// No TLS.
    Tls(String),
    /// It is understood otherwise than it was meant.
    Foreign(String),
    /// What a row holds is not what was stored.
    Unreadable(String),
    /// Its tables are of another format than we know.
    Format(i32),
    /// The database is of this compatibility level, which knows too little.
    TooOld(i32),
    /// Something else has the ledger's name.
    NotALedger,
    /// It is told that the server is elsewhere.
    Elsewhere { host: String, port: u16 },
}

const NO_SOCKETS: [ErrorKind; 3] = [ErrorKind::NotFound, ErrorKind::InvalidData, ErrorKind::InvalidInput];

/// How the driver says that the server has no TLS.
const DECLINED: &str = "does not allow the requested encryption level";

fn untrusted(cause: &str) -> Failure {
    Failure::Tls(format!(
        "{cause}; name the authority of its certificate with trust=FILE; on the same machine, trust=any will do"
    ))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Server(token) => {
                Self::Said { number: token.code(), class: token.class(), message: token.message().into() }
            }
            // Files of certificates, and what is none: a socket's errors are of other kinds.
            Error::Io { kind, message } if NO_SOCKETS.contains(&kind) => untrusted(&message),
            Error::Io { message, .. } => Self::Broken(message),
            Error::Tls(cause) => untrusted(&cause),
            Error::Protocol(cause) if cause.contains(DECLINED) => Self::Tls(
                "the server has none; give it a certificate, or, on the same machine, use encrypt=no".into(),
            ),
            Error::Routing { host, port } => Self::Elsewhere { host, port },
            other => Self::Foreign(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl Failure {
    fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Said { number, class, .. } => Some(meaning(*number, *class)),
            _ => None,
        }
    }

    /// The whole transaction was undone, for no fault of its own.
    pub(super) fn is_deadlock(&self) -> bool {
        self.meaning() == Some(Meaning::Deadlock)
    }

    /// What was to be made is there.
    pub(super) fn is_known(&self) -> bool {
        self.meaning() == Some(Meaning::Known)
    }

    /// There is no ledger.
    pub(super) fn is_missing(&self) -> bool {
        self.meaning() == Some(Meaning::Missing)
    }

    /// The session is in no transaction, by XACT_ABORT, and as good as before. From class 20 on the server ends it.
    pub(super) fn leaves_the_session(&self) -> bool {
        let Self::Said { number, class: ..20, .. } = self else { return false };
        matches!(meaning(*number, 0), Meaning::Deadlock | Meaning::Known | Meaning::Locked | Meaning::Full)
    }

    /// While a host makes the tables, others wait for their locks.
    pub(super) fn may_be_by_its_making(&self) -> bool {
        matches!(self, Self::Silent(_)) || matches!(self.meaning(), Some(Meaning::Locked | Meaning::Deadlock))
    }

    /// The server is away for new sessions too.
    pub(super) fn is_away(&self) -> bool {
        self.meaning() == Some(Meaning::Away)
    }

    /// Nobody is let in. Who tries again often may be locked out for it.
    pub(super) fn is_at_the_door(&self) -> bool {
        matches!(self.meaning(), Some(Meaning::Login | Meaning::Database))
    }

    /// What the server says of it is not for everybody: users, databases, rights.
    pub(super) fn is_of_our_own(&self) -> bool {
        self.is_at_the_door() || self.meaning() == Some(Meaning::Rights)
    }

    /// Where no TLS was asked for.
    pub(super) fn though_in_the_clear(self) -> Self {
        match self {
            Self::Tls(cause) => Self::Tls(format!(
                "the server insists on it (Force Encryption), also with encrypt=no: {cause}"
            )),
            other => other,
        }
    }

    /// After a connection was taken: what is no SQL Server may go on waiting, or end it.
    pub(super) fn of_greeting(self) -> Self {
        match self {
            Self::Broken(_) | Self::Silent(_) => Self::Broken(format!(
                "a connection is taken, and no greeting of a SQL Server's comes ({}); if that lasts, look at host and port",
                self.describe()
            )),
            other => other,
        }
    }

    /// For whoever sent a command, which may be anybody.
    fn reply(&self) -> String {
        match self {
            Self::Said { number, .. } if self.is_at_the_door() => {
                format!("the database does not let its hosts in ({number}); their log says why")
            }
            Self::Said { number, .. } if self.is_of_our_own() => {
                format!("the database's hosts lack a right ({number}); their log says which")
            }
            other => other.describe(),
        }
    }

    /// For those who run it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Said { number, message, .. } => match self.meaning().and_then(Meaning::advice) {
                Some(advice) => format!("{message} ({number}); {advice}"),
                None => format!("{message} ({number})"),
            },
            Self::Broken(cause) | Self::Unreadable(cause) => cause.clone(),
            Self::Silent(limit) => format!("no answer within {} s", limit.as_secs_f32()),
            Self::Tls(cause) => format!("no TLS: {cause}"),
            Self::Foreign(cause) => format!("it does not answer as a SQL Server does: {cause}"),
            Self::Format(found) => {
                format!("the ledger was replaced by one of format {found}; use the program that wrote it")
            }
            Self::TooOld(level) => format!(
                "its compatibility level is {level}, and must be 130 (SQL Server 2016) or more; \
                 ALTER DATABASE … SET COMPATIBILITY_LEVEL = 130"
            ),
            Self::NotALedger => "dbo.tidings_ledger is not a ledger of Tidings any more".into(),
            Self::Elsewhere { host, port } => format!("it sends us on, again, to {host}:{port}"),
        }
    }

    /// As a reason for not opening.
    pub(super) fn of_opening(self, server: String) -> MssqlError {
        let cause = self.describe();
        match self {
            Self::Broken(_) | Self::Silent(_) | Self::Elsewhere { .. } => MssqlError::Away { server, cause },
            Self::Tls(cause) => MssqlError::Tls { server, cause },
            Self::Foreign(cause) => MssqlError::NotSqlServer { server, cause },
            Self::Unreadable(_) | Self::TooOld(_) => MssqlError::Failed { server, cause },
            Self::Format(found) => MssqlError::Format { server, found, known: FORMAT },
            Self::NotALedger => MssqlError::NotALedger { server },
            Self::Said { number, class, .. } => match meaning(number, class) {
                Meaning::Login => MssqlError::Login { server, number },
                Meaning::Database => MssqlError::Database { server },
                Meaning::Missing => MssqlError::Missing { server },
                Meaning::OtherTable => MssqlError::NotALedger { server },
                Meaning::Away | Meaning::Full | Meaning::Locked | Meaning::Deadlock | Meaning::Known => {
                    MssqlError::Away { server, cause }
                }
                Meaning::Rights | Meaning::Other => MssqlError::Failed { server, cause },
            },
        }
    }
}

impl From<Failure> for LedgerError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(failure.reply())
    }
}
