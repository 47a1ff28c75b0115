//! What hosts write to each other, and no client does.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidings_domain::{Timestamp, UserId};
use uuid::Uuid;

/// The mark of a line that was passed on: it is carried out where it arrives and never passed on again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Passed {
    /// The command's id; the line's own `id` is the number by which the sender knows the reply.
    pub(crate) id: Uuid,
    /// When the sender stops waiting, in milliseconds of the receiver's clock as it was told in the greeting.
    pub(crate) until: u64,
}

/// A command's line but for `id` and `passed`, which are put before it where it is sent.
#[derive(Serialize)]
pub(crate) struct Rest<'a> {
    pub(crate) command: &'a str,
    pub(crate) actor: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) correlation: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) causation: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) occurred_at: Option<Timestamp>,
}

impl Rest<'_> {
    /// The fields in braces.
    pub(crate) fn json(&self) -> String {
        // Writing to memory does not fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A line as it is passed on, from the JSON of its [`Rest`].
pub(crate) fn onward(number: u64, passed: Passed, rest: &str) -> String {
    let Passed { id, until } = passed;
    let fields = rest.strip_prefix('{').unwrap_or(rest);
    format!(r#"{{"id":{number},"passed":{{"id":"{id}","until":{until}}},{fields}"#)
}

/// The number of the request that a reply is to.
pub(crate) fn number(reply: &str) -> Option<u64> {
    reply.strip_prefix(r#"{"id":"#)?.split_once(',')?.0.parse().ok()
}

/// Whether a reply to a numbered line is a success.
pub(crate) fn is_ok(reply: &str) -> bool {
    reply.split_once(',').is_some_and(|(_, fields)| fields.starts_with(r#""ok":true"#))
}

/// How a greeting begins. Its number is 0; commands have the numbers after it.
const GREETING: &str = r#"{"id":0,"hello":"#;

/// The line with which a host asks another who it is and what its clock says.
pub(crate) fn greeting(from: Uuid) -> String {
    format!(r#"{GREETING}"{from}"}}"#)
}

/// Whether a line is a greeting.
pub(crate) fn is_greeting(line: &str) -> bool {
    line.starts_with(GREETING)
}

/// What a host says of itself when it is greeted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Greeted {
    /// Its id.
    pub(crate) host: Uuid,
    /// Its clock: milliseconds since some moment of its own.
    pub(crate) clock: u64,
}
