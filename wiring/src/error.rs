//! Why a host does not start.

use std::fmt::Display;

/// A host cannot start, or cannot go on: what is wrong, for a person. No password of a URL stands in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A server that it needs does not answer now; later it may, so a host waits for it.
    #[error("{part}{place}: {cause}")]
    Away {
        /// Which part is waited for, such as `the log`.
        part: &'static str,
        /// Where it is, such as ` at mongodb://127.0.0.1:27017/tidings`; empty where the cause says it.
        place: String,
        /// What it does instead of answering.
        cause: String,
    },
    /// Waiting does not mend it: somebody must do what it says.
    #[error("{0}")]
    Wrong(String),
    /// The command line is wrong, whatever is there: what is allowed. The program ends with 2.
    #[error("{0}")]
    Usage(String),
}

impl StartError {
    /// From what is wrong and must be mended.
    pub fn new(what: impl Display) -> Self {
        Self::Wrong(what.to_string())
    }

    /// From what is wrong with the command line.
    pub fn usage(what: impl Display) -> Self {
        Self::Usage(what.to_string())
    }

    /// From which part does not answer, where it is, and why.
    pub fn away(part: &'static str, place: impl Display, cause: impl Display) -> Self {
        Self::Away { part, place: format!(" at {place}"), cause: cause.to_string() }
    }
}
