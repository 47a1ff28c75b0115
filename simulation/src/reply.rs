//! What a client is told.

use std::fmt;

use serde::Deserialize;
use tidings_command_host::{ExecuteError, Outcome};
use tidings_domain::{Position, Rejection};
use tidings_eventstore::AppendError;
use tidings_wire::{Code, ErrorReply};

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Done, here.
    Done { at: Position, version: u64, replayed: bool },
    /// Nothing to do.
    Unchanged { version: u64, replayed: bool },
    /// It will be carried out; where it stands.
    Accepted { state: String, replayed: bool },
    /// A business no.
    Rejected { code: String, text: String, replayed: bool },
    /// Given up after the last attempt.
    GivenUp(String),
    /// Called off by an operator.
    Cancelled,
    /// Others were faster.
    Conflict { expected: u64, actual: u64 },
    /// Its id was given before, with another content.
    Reused,
    /// Too much waits to be carried out; to be sent again.
    Overloaded,
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

/// A reply's line.
#[derive(Deserialize)]
struct Line {
    #[serde(flatten)]
    done: Told,
    #[serde(default)]
    error: Option<ErrorReply>,
}

/// What a reply, or an outcome that the ledger keeps, says of a command that did not fail.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    version: Option<u64>,
    #[serde(default)]
    at: Option<Position>,
    #[serde(default)]
    replayed: bool,
    #[serde(default)]
    unchanged: bool,
    #[serde(default)]
    state: Option<String>,
}

impl Reply {
    pub(crate) fn of<R: Rejection>(outcome: Result<Outcome, ExecuteError<R>>) -> Self {
        match outcome {
            Ok(Outcome::Appended { commit, replayed }) => {
                Self::Done { at: commit.position, version: commit.last_version(), replayed }
            }
            Ok(Outcome::Unchanged { version, .. }) => Self::Unchanged { version, replayed: false },
            Err(ExecuteError::Rejected(no)) => {
                Self::Rejected { code: no.code().into(), text: no.to_string(), replayed: false }
            }
            Err(ExecuteError::Conflict {
                source: AppendError::Conflict { expected, actual, .. }, ..
            }) => Self::Conflict { expected, actual },
            Err(ExecuteError::Unavailable(why)) => Self::Unavailable(why),
            Err(other) => Self::Odd(other.to_string()),
        }
    }

    /// What a line says.
    pub(crate) fn read(line: &str) -> Self {
        match serde_json::from_str(line) {
            Ok(Line { error: Some(error), .. }) => Self::of_error(error),
            Ok(Line { done, error: None }) => Self::of_told(done).unwrap_or_else(|| Self::Odd(line.into())),
            Err(why) => Self::Odd(format!("{line}: {why}")),
        }
    }

    /// What an outcome says that the ledger keeps: the fields of a reply, or its error.
    pub(crate) fn read_outcome(outcome: &str, is_error: bool) -> Self {
        let read = match is_error {
            true => serde_json::from_str(outcome).map(|error| Some(Self::of_error(error))),
            false => serde_json::from_str(outcome).map(Self::of_told),
        };
        read.ok().flatten().unwrap_or_else(|| Self::Odd(outcome.into()))
    }

    fn of_told(told: Told) -> Option<Self> {
        let Told { version, at, replayed, unchanged, state } = told;
        Some(match (state, version, at) {
            (Some(state), ..) => Self::Accepted { state, replayed },
            (None, Some(version), _) if unchanged => Self::Unchanged { version, replayed },
            (None, Some(version), Some(at)) => Self::Done { at, version, replayed },
            _ => return None,
        })
    }

    fn of_error(error: ErrorReply) -> Self {
        let ErrorReply { code, ref reason, ref message, retry, ref details, .. } = error;
        let number = |name: &str| details.get(name).and_then(serde_json::Value::as_u64);
        let replayed = details.get("replayed").is_some_and(|replayed| replayed == true);
        match (code, reason.as_deref(), number("expected").zip(number("actual"))) {
            (Code::Conflict, Some("command_reused"), _) => Self::Reused,
            (Code::Conflict, _, Some((expected, actual))) if retry => Self::Conflict { expected, actual },
            (Code::Gone, Some("cancelled"), _) => Self::Cancelled,
            (Code::Unavailable, _, _) if retry => Self::Unavailable(message.clone()),
            (Code::Unavailable, None, _) => Self::GivenUp(message.clone()),
            // A conflict, an overload: that too a promised command is given up for.
            (Code::Conflict, ..) if !retry => Self::GivenUp(message.clone()),
            (Code::Overloaded, ..) => Self::Overloaded,
            (
                Code::Rejected | Code::Invalid | Code::NotFound | Code::Gone | Code::Forbidden,
                Some(reason),
                _,
            ) => Self::Rejected { code: reason.into(), text: message.clone(), replayed },
            _ => Self::Odd(error.to_string()),
        }
    }

    /// For the counts of the report.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Done { replayed: false, .. } => "ok",
            Self::Done { replayed: true, .. } => "ok, replayed",
            Self::Unchanged { replayed: false, .. } => "unchanged",
            Self::Unchanged { replayed: true, .. } => "unchanged, replayed",
            Self::Accepted { replayed: false, .. } => "accepted",
            Self::Accepted { replayed: true, .. } => "accepted, replayed",
            Self::Rejected { replayed: false, .. } => "rejected",
            Self::Rejected { replayed: true, .. } => "rejected, replayed",
            Self::GivenUp(_) => "given up",
            Self::Cancelled => "called off",
            Self::Conflict { .. } => "conflict",
            Self::Reused => "conflict: the id was used before",
            Self::Overloaded => "overloaded",
            Self::Unavailable(_) => "unavailable",
            Self::Failed(_) => "failed",
            Self::Lost => "lost",
            Self::NotSent => "not sent",
            Self::Odd(_) => "odd",
        }
    }

    /// Whether the client knows now what became of its command.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Unavailable(_) | Self::Lost | Self::NotSent | Self::Overloaded | Self::Accepted { .. }
        )
    }

    /// Whether the client was told that it will be carried out.
    pub(crate) fn is_promise(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }

    /// The same, told for the first time.
    pub(crate) fn as_first(&self) -> Self {
        let mut first = self.clone();
        if let Self::Done { replayed, .. }
        | Self::Unchanged { replayed, .. }
        | Self::Accepted { replayed, .. }
        | Self::Rejected { replayed, .. } = &mut first
        {
            *replayed = false;
        }
        first
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let again = |replayed: &bool| if *replayed { ", replayed" } else { "" };
        match self {
            Self::Done { at, version, replayed } => {
                write!(f, "ok at {at}, version {version}{}", again(replayed))
            }
            Self::Unchanged { version, replayed } => {
                write!(f, "unchanged at version {version}{}", again(replayed))
            }
            Self::Accepted { state, replayed } => write!(f, "accepted: {state}{}", again(replayed)),
            Self::Rejected { code, replayed, .. } => write!(f, "rejected: {code}{}", again(replayed)),
            Self::GivenUp(why) => write!(f, "given up: {why}"),
            Self::Conflict { expected, actual } => write!(f, "conflict: at {actual}, not {expected}"),
            Self::Unavailable(why) => write!(f, "unavailable: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Odd(what) => write!(f, "odd: {what}"),
            Self::Cancelled | Self::Reused | Self::Overloaded | Self::Lost | Self::NotSent => {
                f.write_str(self.kind())
            }
        }
    }
}
