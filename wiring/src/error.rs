//! Why a host does not start.

use std::fmt::Display;

/// A host cannot start, or cannot go on: what is wrong, for a person. No password of a URL stands in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A server that it needs does not answer now; later it may, so a host waits for it.
    #[error("{what}: {cause}")]
    Away {
        /// What is waited for, such as `the log at mongodb://127.0.0.1:27017/tidings`.
        what: String,
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

    /// From what does not answer, and why.
    pub fn away(what: impl Display, cause: impl Display) -> Self {
        Self::Away { what: what.to_string(), cause: cause.to_string() }
    }
}
