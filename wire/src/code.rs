//! The kinds of refusal, as they are written on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a request was refused. The names are a format: a client may rely on them.
///
/// ```
/// use tidings_wire::Code;
/// assert_eq!(Code::NotYet.to_string(), "not_yet");
/// assert!(Code::NotYet.retry() && !Code::Rejected.retry());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The line is not a JSON object, or not UTF-8.
    Malformed,
    /// The line, or what would be the reply, is too long.
    TooLarge,
    /// There is no command or query of this name.
    Unknown,
    /// A field is missing, not known, or has a value that it cannot have.
    Invalid,
    /// The rules of the domain say no; `reason` tells which.
    Rejected,
    /// What the request names is not there.
    NotFound,
    /// What the request names was there, and has been deleted.
    Gone,
    /// The actor may not do this.
    Forbidden,
    /// Others changed the same thing at the same time.
    Conflict,
    /// The read model has not yet seen the positions asked for.
    NotYet,
    /// Something that the host needs does not answer.
    Unavailable,
    /// The host has too much to do.
    Overloaded,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::Malformed,
        Self::TooLarge,
        Self::Unknown,
        Self::Invalid,
        Self::Rejected,
        Self::NotFound,
        Self::Gone,
        Self::Forbidden,
        Self::Conflict,
        Self::NotYet,
        Self::Unavailable,
        Self::Overloaded,
    ];

    /// As written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
            Self::Rejected => "rejected",
            Self::NotFound => "not_found",
            Self::Gone => "gone",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::NotYet => "not_yet",
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
        }
    }

    /// Whether the same line, sent again a little later, may succeed.
    pub fn retry(self) -> bool {
        matches!(self, Self::Conflict | Self::NotYet | Self::Unavailable | Self::Overloaded)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
