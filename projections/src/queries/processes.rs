//! How far processes are: the host answers it from the ledger and the log, not from a read model.

use serde::Deserialize;

use super::{QueryError, QueryHelp};

pub(super) const HELP: QueryHelp = QueryHelp {
    name: "Processes",
    summary: "How far the processes are in the log: the last commit that each is done with, of each partition.",
    fields: &[],
    example: "{}",
};

/// Reads the data of `Processes`, which have no fields.
///
/// ```
/// use tidings_projections::queries::parse_processes;
/// parse_processes("{}")?;
/// assert!(parse_processes(r#"{"process":"cleanup"}"#).is_err());
/// # Ok::<(), tidings_projections::queries::QueryError>(())
/// ```
///
/// # Errors
/// When there is one; the error names it.
pub fn parse(data: &str) -> Result<(), QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {}
    super::parse::parse(&HELP, data).map(|Data {}| ())
}
