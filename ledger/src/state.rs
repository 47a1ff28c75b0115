//! Where a command stands.

use std::fmt;
use std::str::FromStr;

/// Where a command stands. The names are a storage format, and part of the protocol.
///
/// ```
/// use tidings_ledger::State;
/// assert_eq!("FAILED_RETRYABLE".parse(), Ok(State::FailedRetryable));
/// assert!(State::Rejected.is_final() && !State::Processing.is_final());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Recorded; nobody is at it.
    Received,
    /// A host is at it, until its lease ends.
    Processing,
    /// Carried out, or there was nothing to change.
    Succeeded,
    /// The rules of the domain say no.
    Rejected,
    /// An attempt failed; the next one is at [`Entry::next_attempt_at`](crate::Entry::next_attempt_at).
    FailedRetryable,
    /// Given up after the last attempt, until an operator has it tried again.
    FailedTerminal,
    /// Called off by an operator.
    Cancelled,
}

/// A text names no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no state of a command; there are {}", names())]
pub struct StateError {
    given: String,
}

fn names() -> String {
    State::ALL.map(State::as_str).join(", ")
}

impl State {
    /// All of them, in the order in which a command may come by.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::Processing,
        Self::Succeeded,
        Self::Rejected,
        Self::FailedRetryable,
        Self::FailedTerminal,
        Self::Cancelled,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Processing => "PROCESSING",
            Self::Succeeded => "SUCCEEDED",
            Self::Rejected => "REJECTED",
            Self::FailedRetryable => "FAILED_RETRYABLE",
            Self::FailedTerminal => "FAILED_TERMINAL",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Rejected | Self::FailedTerminal | Self::Cancelled)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = StateError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || StateError { given: text.chars().take(60).collect() };
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(fail)
    }
}
