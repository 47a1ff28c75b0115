//! Every query as data, for `help`.

use serde::Serialize;

use super::{ENTRIES, command_status, processes, recorded};

/// What a person must know to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct QueryHelp {
    /// Its name.
    pub name: &'static str,
    /// What it answers, in a line.
    pub summary: &'static str,
    /// The fields of its data.
    pub fields: &'static [FieldHelp],
    /// Data that it takes; ids in it stand for real ones.
    pub example: &'static str,
}

/// What a person must know to fill a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FieldHelp {
    /// Its name.
    pub name: &'static str,
    /// Its type, in words.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it is where it is left out, in words; none where it is required.
    pub default: Option<&'static str>,
    /// What else it must be, in words; empty where nothing.
    pub limits: &'static str,
}

/// All queries, also those that a host answers from the log and the ledger.
///
/// ```
/// use tidings_projections::queries;
/// let help = queries::catalogue().find(|query| query.name == "RecentPosts").unwrap();
/// assert_eq!(help.fields[0].limits, "1 to 100");
/// ```
pub fn catalogue() -> impl Iterator<Item = &'static QueryHelp> {
    ENTRIES.iter().map(|entry| &entry.help).chain([&command_status::HELP, &recorded::HELP, &processes::HELP])
}

pub(super) const LIMIT: FieldHelp =
    FieldHelp { name: "limit", kind: "whole number", default: Some("20"), limits: "1 to 100" };

pub(super) const CURSOR: FieldHelp = FieldHelp {
    name: "cursor",
    kind: "text",
    default: Some("the first page"),
    limits: "`next` of the page before, unchanged",
};

pub(super) const fn id(name: &'static str) -> FieldHelp {
    FieldHelp { name, kind: "UUID", default: None, limits: "" }
}

pub(super) const fn target(limits: &'static str) -> FieldHelp {
    FieldHelp { name: "target", kind: "text", default: None, limits }
}
