//! From an outcome to what is said of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tidings_domain::{Class, Position, Rejection};
use tidings_eventstore::{AppendError, Commit};
use tidings_wire::{Code, ErrorReply, Id, Reply};
use tidings_wiring::Dependency;
use uuid::Uuid;

use crate::owners::is_ok;
use crate::{ExecuteError, Outcome};

/// A command was answered.
pub(crate) enum Told {
    /// By this host: it was carried out.
    Here(Outcome),
    /// By the owner of its partition: the reply's line, under a number of ours, whatever it says.
    There(String),
}

/// What a reply says of a command that was carried out.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Done<'a> {
    pub(crate) stream: Cow<'a, str>,
    pub(crate) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Position>,
    #[serde(default)]
    pub(crate) replayed: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unchanged: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) correlation: Option<Uuid>,
}

impl Told {
    /// The reply to a request.
    pub(crate) fn reply(&self, id: Id<'_>, correlation: Option<Uuid>) -> Reply {
        match self {
            Self::Here(outcome) => Reply::ok(id, &Done { correlation, ..Done::of(outcome) }),
            Self::There(line) => Reply::renamed(line, id).unwrap_or_else(|| unreadable().reply(id)),
        }
    }

    /// What it says, to be kept.
    pub(crate) fn read(&self) -> Result<Done<'_>, ErrorReply> {
        #[derive(Deserialize)]
        struct Refused {
            error: ErrorReply,
        }
        match self {
            Self::Here(outcome) => Ok(Done::of(outcome)),
            Self::There(line) if is_ok(line) => serde_json::from_str(line).map_err(|_| unreadable()),
            Self::There(line) => {
                let refused = serde_json::from_str(line);
                Err(refused.map_or_else(|_| unreadable(), |Refused { error }| error))
            }
        }
    }
}

fn unreadable() -> ErrorReply {
    ErrorReply::new(Code::Unavailable, "the owner's reply cannot be read")
}

impl<'a> Done<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Appended { commit, replayed } => Self { replayed: *replayed, ..Self::made(commit) },
            Outcome::Unchanged { stream, version, at } => Self {
                stream: stream.as_str().into(),
                version: *version,
                at: *at,
                replayed: false,
                unchanged: true,
                correlation: None,
            },
        }
    }

    /// That a commit was made.
    pub(crate) fn made(commit: &'a Commit) -> Self {
        Self {
            stream: commit.stream.as_str().into(),
            version: commit.last_version(),
            at: Some(commit.position),
            replayed: false,
            unchanged: false,
            correlation: None,
        }
    }
}

/// What is answered where an owner did not answer, and the command was then refused here.
pub(crate) fn in_doubt(refusal: &ErrorReply) -> ErrorReply {
    let message = format!(
        "the host that owns this partition did not answer, and may have carried this out; here it is refused: {}",
        refusal.message
    );
    ErrorReply::new(Code::Unavailable, message)
}

/// What is answered where a command was not carried out, on this log.
pub(crate) fn refuse<R: Rejection>(error: ExecuteError<R>, log: &Dependency) -> ErrorReply {
    let message = error.to_string();
    match error {
        ExecuteError::Rejected(rejection) => {
            let code = match rejection.class() {
                Class::Invalid => Code::Invalid,
                Class::Rejected => Code::Rejected,
                Class::NotFound => Code::NotFound,
                Class::Gone => Code::Gone,
                Class::Forbidden => Code::Forbidden,
            };
            ErrorReply::new(code, message).reason(rejection.code())
        }
        ExecuteError::Conflict { source: AppendError::Conflict { expected, actual, .. }, .. } => {
            ErrorReply::new(Code::Conflict, message).with("expected", expected).with("actual", actual)
        }
        ExecuteError::Conflict { .. } => ErrorReply::new(Code::Conflict, message),
        ExecuteError::CommandReused { .. } => {
            let error = ErrorReply::new(Code::Conflict, message).reason("command_reused");
            ErrorReply { retry: false, ..error }
        }
        ExecuteError::Unfit(_) => ErrorReply::new(Code::TooLarge, message),
        ExecuteError::Unavailable(cause) => log.unavailable(cause),
        ExecuteError::Late => {
            ErrorReply::new(Code::Unavailable, format!("{message}; send the same line again"))
        }
        ExecuteError::Unreadable { .. } => {
            let error = ErrorReply::new(Code::Unavailable, message).reason("unreadable_history");
            ErrorReply { retry: false, ..error }
        }
    }
}

/// What is said instead where an owner does not understand what this host does: then it is of another version, and what
/// it says is not what becomes of the command.
pub(crate) fn misunderstood(reply: &str) -> Option<ErrorReply> {
    #[derive(Deserialize)]
    struct Refused {
        error: ErrorReply,
    }
    let Refused { error } = serde_json::from_str(reply).ok()?;
    let by_itself = matches!(error.code, Code::Unknown | Code::Malformed | Code::Invalid);
    let message = || format!("the host that owns this partition does not take this: {}", error.message);
    (by_itself && error.reason.is_none()).then(|| ErrorReply::new(Code::Unavailable, message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_owner_does_not_understand_is_no_outcome() {
        let line = |fields: &str| {
            format!(r#"{{"id":1,"ok":false,"error":{{{fields},"message":"m","retry":false}}}}"#)
        };
        for skewed in [r#""code":"unknown""#, r#""code":"malformed""#, r#""code":"invalid","field":"data.x""#]
        {
            assert!(misunderstood(&line(skewed)).is_some_and(|error| error.retry), "{skewed}");
        }
        for told in
            [r#""code":"invalid","reason":"empty_text""#, r#""code":"not_found""#, r#""code":"too_large""#]
        {
            assert_eq!(misunderstood(&line(told)), None, "{told}");
        }
    }
}
