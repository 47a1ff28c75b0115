//! A request: one line that looks like a JSON object.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{Id, Reply, parse};

/// One line that begins like a JSON object. Whether it is one is found when the service reads it, so that it is
/// read only once. Cheap to clone.
///
/// ```
/// use std::borrow::Cow;
/// use serde::Deserialize;
/// use serde_json::value::RawValue;
/// use tidings_wire::{Id, Request};
///
/// #[derive(Debug, Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Envelope<'a> {
///     #[serde(borrow, default)]
///     id: Id<'a>,
///     #[serde(borrow)]
///     command: Cow<'a, str>,
///     #[serde(borrow)]
///     data: &'a RawValue,
/// }
///
/// let request = Request::new(r#"{"id":1,"command":"Follow","data":{"user":"7"}}"#);
/// let envelope = request.parse::<Envelope>().unwrap();
/// assert_eq!((&*envelope.command, envelope.data.get()), ("Follow", r#"{"user":"7"}"#));
///
/// let request = Request::new(r#"{"id":1,"comand":"Follow","data":{}}"#);
/// let reply = request.parse::<Envelope>().unwrap_err();
/// assert!(reply.line().starts_with(r#"{"id":1,"ok":false,"error":{"code":"invalid","field":"comand""#));
/// ```
#[derive(Clone, Debug)]
pub struct Request(Arc<str>);

impl Request {
    /// A request of this line.
    pub fn new(line: impl Into<Arc<str>>) -> Self {
        Self(line.into())
    }

    /// The line, without its end.
    pub fn line(&self) -> &str {
        &self.0
    }

    /// Reads the line as a `T`, which may borrow from it.
    ///
    /// # Errors
    /// The reply to send: `malformed` or `invalid`, with the request's id where the line shows one.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Reply> {
        parse(&self.0, "").map_err(|error| error.reply(self.id()))
    }

    /// Whether the line is a JSON object with a field of this name. Slow: for telling what is wrong with it.
    pub fn has(&self, field: &str) -> bool {
        let fields = serde_json::from_str::<BTreeMap<Cow<'_, str>, IgnoredAny>>(&self.0);
        fields.is_ok_and(|fields| fields.contains_key(field))
    }

    /// The id, looked for also in a line that is broken after it. Slower than reading it in [`parse`](Self::parse).
    pub fn id(&self) -> Id<'_> {
        Id::found_in(&self.0)
    }
}
