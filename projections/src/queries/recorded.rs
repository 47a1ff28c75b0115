//! The list of recorded commands: the host answers it from the ledger, not from a read model.

use serde::Deserialize;

use super::catalogue::{CURSOR, FieldHelp, LIMIT};
use super::cursor::{self, Part};
use super::page::Limit;
use super::{QueryError, QueryHelp};
use crate::Value;

pub(super) const HELP: QueryHelp = QueryHelp {
    name: "Commands",
    summary: "The commands that the ledger knows, newest first.",
    fields: &[
        FieldHelp {
            name: "state",
            kind: "text",
            default: Some("all"),
            limits: "RECEIVED, PROCESSING, SUCCEEDED, REJECTED, FAILED_RETRYABLE, FAILED_TERMINAL or CANCELLED",
        },
        LIMIT,
        CURSOR,
    ],
    example: r#"{"state":"REJECTED"}"#,
};

/// What `Commands` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandsPage {
    /// Only those in this state, as it was written.
    pub state: Option<String>,
    /// Only those received before the one of this number: of the cursor.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: u8,
}

/// Reads the data of `Commands`.
///
/// ```
/// let page = tidings_projections::queries::parse_commands(r#"{"state":"REJECTED","limit":5}"#)?;
/// assert_eq!((page.state.as_deref(), page.before, page.limit), (Some("REJECTED"), None, 5));
/// let next = tidings_projections::queries::commands_cursor(17);
/// let page = tidings_projections::queries::parse_commands(&format!(r#"{{"cursor":"{next}"}}"#))?;
/// assert_eq!(page.before, Some(17));
/// # Ok::<(), tidings_projections::queries::QueryError>(())
/// ```
///
/// # Errors
/// When the data are not such; the error names the field.
pub fn parse(data: &str) -> Result<CommandsPage, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        #[serde(default)]
        state: Option<String>,
        #[serde(default)]
        limit: Limit,
        #[serde(default)]
        cursor: Option<String>,
    }
    let Data { state, limit, cursor } = super::parse::parse(&HELP, data)?;
    let key = cursor::key_after(cursor.as_deref(), HELP.name, &[Part::Int]);
    let before = match key.map_err(|cause| QueryError::wrong(HELP.name, "cursor", cause))?.as_slice() {
        [Value::Int(number)] if cursor.is_some() => u64::try_from(*number).ok(),
        _ => None,
    };
    Ok(CommandsPage { state, before, limit: u8::try_from(limit.get()).unwrap_or(u8::MAX) })
}

/// The cursor after the command of this number.
pub fn cursor(number: u64) -> String {
    cursor::after(HELP.name, [Value::Int(i64::try_from(number).unwrap_or(i64::MAX))].iter())
}

/// What is said of a state that there is not.
pub fn wrong_state(cause: impl Into<String>) -> QueryError {
    QueryError::wrong(HELP.name, "state", cause)
}
