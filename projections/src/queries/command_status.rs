//! What became of a command: the host answers it from the log, not from a read model.

use serde::Deserialize;
use uuid::Uuid;

use super::catalogue::id;
use super::{QueryError, QueryHelp};

pub(super) const HELP: QueryHelp = QueryHelp {
    name: "CommandStatus",
    summary: "What became of a command: where it stands, and its stream, version and position, where it changed something.",
    fields: &[id("command")],
    example: r#"{"command":"01930000-0000-7000-8000-00000000000f"}"#,
};

/// Reads the data of `CommandStatus`: the command's id.
///
/// ```
/// let id = tidings_projections::queries::parse_command_status(r#"{"command":"01930000-0000-7000-8000-00000000000f"}"#)?;
/// assert_eq!(id.to_string(), "01930000-0000-7000-8000-00000000000f");
/// # Ok::<(), tidings_projections::queries::QueryError>(())
/// ```
///
/// # Errors
/// When the data are not such; the error names the field.
pub fn parse(data: &str) -> Result<Uuid, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        command: Uuid,
    }
    super::parse::parse(&HELP, data).map(|Data { command }| command)
}
