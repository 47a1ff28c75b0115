//! What a client is told.

use std::fmt;

use tidings_command_host::{ExecuteError, Outcome};
use tidings_domain::{Position, Rejection};
use tidings_eventstore::AppendError;

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Done, here.
    Done { at: Position, version: u64, replayed: bool },
    /// Nothing to do.
    Unchanged { version: u64 },
    /// A business no.
    Rejected { code: &'static str, text: String },
    /// Others were faster.
    Conflict { expected: u64, actual: u64 },
    /// Not known; to be sent again.
    Unavailable(String),
    /// Failed for certain. No host of ours says so; a planted bug does.
    Failed(String),
    /// The client gave up, or the host died.
    Lost,
    /// There was no host to send it to.
    NotSent,
    /// An answer that no client of this run should get.
    Odd(String),
}

impl Reply {
    pub(crate) fn of<R: Rejection>(outcome: Result<Outcome, ExecuteError<R>>) -> Self {
        match outcome {
            Ok(Outcome::Appended { commit, replayed }) => {
                Self::Done { at: commit.position, version: commit.last_version(), replayed }
            }
            Ok(Outcome::Unchanged { version, .. }) => Self::Unchanged { version },
            Err(ExecuteError::Rejected(no)) => Self::Rejected { code: no.code(), text: no.to_string() },
            Err(ExecuteError::Conflict {
                source: AppendError::Conflict { expected, actual, .. }, ..
            }) => Self::Conflict { expected, actual },
            Err(ExecuteError::Unavailable(why)) => Self::Unavailable(why),
            Err(other) => Self::Odd(other.to_string()),
        }
    }

    /// For the counts of the report.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Done { replayed: false, .. } => "ok",
            Self::Done { replayed: true, .. } => "ok, replayed",
            Self::Unchanged { .. } => "unchanged",
            Self::Rejected { .. } => "rejected",
            Self::Conflict { .. } => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::Failed(_) => "failed",
            Self::Lost => "lost",
            Self::NotSent => "not sent",
            Self::Odd(_) => "odd",
        }
    }

    /// Whether the client knows now what became of its command.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(self, Self::Unavailable(_) | Self::Lost | Self::NotSent)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { at, version, replayed } => {
                write!(f, "ok at {at}, version {version}{}", if *replayed { ", replayed" } else { "" })
            }
            Self::Unchanged { version } => write!(f, "unchanged at version {version}"),
            Self::Rejected { code, .. } => write!(f, "rejected: {code}"),
            Self::Conflict { expected, actual } => write!(f, "conflict: at {actual}, not {expected}"),
            Self::Unavailable(why) => write!(f, "unavailable: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Odd(what) => write!(f, "odd: {what}"),
            Self::Lost | Self::NotSent => f.write_str(self.kind()),
        }
    }
}
