//! Why a query is not understood, and why an understood one has no answer.

use tidings_domain::Problem;

use super::catalogue::catalogue;
use super::parse::nearest;

/// Why a name and its data are no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No query has this name.
    #[error("there is no query `{name}`{}", nearest.map_or_else(String::new, |n| format!("; did you mean `{n}`?")))]
    Unknown {
        /// The name given, its first 60 characters.
        name: String,
        /// The query whose name is nearest, where one is near.
        nearest: Option<&'static str>,
    },
    /// The data are not those of the query.
    #[error("{query}: {problem}")]
    Invalid {
        /// The query.
        query: &'static str,
        /// The field, by its path; empty where the data as a whole are wrong.
        field: String,
        /// What is wrong with it.
        problem: Problem,
    },
}

impl QueryError {
    pub(super) fn unknown(name: &str) -> Self {
        let nearest = nearest(name, catalogue().map(|query| query.name));
        Self::Unknown { name: name.chars().take(60).collect(), nearest }
    }

    pub(super) fn wrong(query: &'static str, field: &str, cause: impl Into<String>) -> Self {
        let problem = Problem::WrongValue { field: field.into(), cause: cause.into() };
        Self::Invalid { query, field: field.into(), problem }
    }
}

fn known_groups(known: &[String]) -> String {
    match known {
        [] => "is none yet".into(),
        known => format!("is {}", known.join(", ")),
    }
}

/// What was asked for cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was never there, as far as anyone may know.
    #[error("there is no {what}; check the id")]
    NotFound {
        /// Its stream.
        what: String,
    },
    /// No group of projections has this name.
    #[error("there is no group `{group}`; there {}", known_groups(known))]
    NoGroup {
        /// The name given.
        group: String,
        /// The groups that there are.
        known: Vec<String>,
    },
    /// It was deleted.
    #[error("{what} was deleted, for good")]
    Deleted {
        /// Its stream.
        what: String,
    },
    /// A moderator hid it.
    #[error("{what} is hidden by a moderator")]
    Hidden {
        /// Its stream.
        what: String,
    },
}

impl Refusal {
    /// The code of the reply: `not_found` or `gone`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::NoGroup { .. } => "not_found",
            Self::Deleted { .. } | Self::Hidden { .. } => "gone",
        }
    }
}
