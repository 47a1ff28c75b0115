//! What went wrong, and what it means to who asked.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::{ApplyError, ReadModelError};

/// Why a call failed, before it is known what that means to its caller.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the server says, or that the connection broke.
    Database(tokio_postgres::Error),
    /// No answer within this time.
    Silent(Duration),
    /// Later it may be better.
    Unavailable(String),
    /// It will not be better.
    Unfit(String),
    /// Another generation is in use than the session knows.
    Stale,
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    /// What it is, and where, for a person.
    pub(super) fn at(self, place: impl std::fmt::Display) -> Self {
        match self {
            Self::Database(error) if meaning(&error) == Meaning::Rows => Self::Database(error),
            Self::Database(error) if meaning(&error) == Meaning::Setup => {
                Self::Unfit(format!("{place}: {}", describe(&error)))
            }
            Self::Unfit(cause) => Self::Unfit(format!("{place}: {cause}")),
            other => Self::Unavailable(format!("{place}: {}", other.describe())),
        }
    }

    /// Of making a connection: another one would fare no better.
    pub(super) fn of_connecting(self) -> Self {
        match self {
            Self::Database(error) if error.code().is_none() => Self::Unavailable(describe(&error)),
            other => other,
        }
    }

    /// Whether the server did not answer; an error of its own is an answer.
    pub(super) fn is_silence(&self) -> bool {
        !matches!(self, Self::Database(error) if error.code().is_some())
    }

    /// Whether the session is at fault: its connection is gone, or the generation that it knows is.
    pub(super) fn is_of_the_session(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Database(error) => match error.code() {
                Some(code) => OF_THE_SESSION.contains(code) || code.code().starts_with("57P"),
                None => true,
            },
            _ => false,
        }
    }

    /// Whether the rows are at fault; the transaction is then rolled back, and the session as good as before.
    /// Of a generation that stays in use: where its schema or tables are gone, or a page of them cannot be read, trying
    /// again does not mend it.
    pub(super) fn damage(self) -> Self {
        let code = match &self {
            Self::Database(error) => error.code().map(|code| code.code().to_owned()),
            _ => None,
        };
        match code.as_deref() {
            Some("42P01" | "42703" | "3F000" | "XX001" | "XX002") => Self::Unfit(format!(
                "{}; build it anew from the log with `replay rebuild --accept`",
                self.describe()
            )),
            _ => self,
        }
    }

    pub(super) fn is_of_the_rows(&self) -> bool {
        matches!(self, Self::Database(error) if meaning(error) == Meaning::Rows)
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Database(error) => describe(error),
            Self::Silent(limit) => format!("no answer within {} s", limit.as_secs_f32()),
            Self::Unavailable(cause) | Self::Unfit(cause) => cause.clone(),
            Self::Stale => "the generation in use changes too often".into(),
        }
    }
}

/// The generation was dropped, or its tables are of another shape than a statement was prepared for.
const OF_THE_SESSION: [SqlState; 5] = [
    SqlState::UNDEFINED_TABLE,
    SqlState::UNDEFINED_COLUMN,
    SqlState::INVALID_SCHEMA_NAME,
    SqlState::FEATURE_NOT_SUPPORTED,
    SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
];

#[derive(PartialEq, Eq)]
enum Meaning {
    /// The rows are at fault: trying again does not mend it.
    Rows,
    /// The password, the database's name, missing rights: a person must mend it.
    Setup,
    /// It may be better later.
    Passing,
}

fn meaning(error: &tokio_postgres::Error) -> Meaning {
    // Told apart by the class of the SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
    match error.code().map(|code| code.code()) {
        Some(code) if ["22", "23", "54"].contains(&&code[..2]) => Meaning::Rows,
        Some(code) if code.starts_with("28") || ["3D000", "42501"].contains(&code) => Meaning::Setup,
        _ => Meaning::Passing,
    }
}

fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) if error.code().code().starts_with("28") => {
            format!("the server refuses this user or password: {} ({})", error.message(), error.code().code())
        }
        Some(error) => format!("{} ({})", error.message(), error.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}

impl From<Failure> for ReadModelError {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Unfit(_) => Self::Unfit(failure.describe()),
            Failure::Database(error) if meaning(error) == Meaning::Setup => Self::Unfit(failure.describe()),
            _ => Self::Unavailable(failure.describe()),
        }
    }
}

impl From<Failure> for ApplyError {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Database(error) if meaning(error) == Meaning::Rows => Self::Unfit(failure.describe()),
            // Tables of another shape are no fault of these rows.
            _ => Self::Unavailable(failure.describe()),
        }
    }
}
