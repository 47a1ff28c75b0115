//! A reply: one line, ready to be sent.

use std::fmt;

use serde::Serialize;

use crate::id::MAX_BYTES;
use crate::{Code, ErrorReply, Id, Limits};

/// A reply: one line of JSON, without its end.
///
/// ```
/// use tidings_wire::{Id, Reply};
/// let id: Id = serde_json::from_str("7")?;
/// let reply = Reply::ok(id, &serde_json::json!({ "version": 1 }));
/// assert_eq!(reply.line(), r#"{"id":7,"ok":true,"version":1}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply(Vec<u8>);

impl Reply {
    /// A success: `id`, `ok`, and the fields of `body`, which must be written as a JSON object.
    pub fn ok(id: Id<'_>, body: &impl Serialize) -> Self {
        let mut line = begun(id, "\"ok\":true");
        let end = line.len();
        match serde_json::to_writer(&mut line, body) {
            Ok(()) if line.get(end) == Some(&b'{') && line.last() == Some(&b'}') => {
                // The body's brace becomes the comma after `true`; an empty body needs none.
                if line.len() == end + 2 {
                    line.remove(end);
                } else {
                    line[end] = b',';
                }
                Self(line)
            }
            outcome => {
                tracing::error!(?outcome, "a reply could not be written as a JSON object");
                ErrorReply::new(Code::Unavailable, "the reply could not be written").reply(id)
            }
        }
    }

    /// A success whose fields are JSON already: `id`, `ok`, and what `write` adds.
    ///
    /// `write` is given the line up to `"ok":true` and adds its fields, each with a comma before it. It answers
    /// for them being JSON in one line: nothing is read again, which is what this is for.
    ///
    /// ```
    /// use tidings_wire::{Id, Reply};
    /// let data = r#"{"likes":3}"#;
    /// let reply = Reply::ok_with(Id::NONE, 8 + data.len(), |line| {
    ///     line.push_str(",\"data\":");
    ///     line.push_str(data);
    /// });
    /// assert_eq!(reply.line(), r#"{"ok":true,"data":{"likes":3}}"#);
    /// ```
    ///
    /// `size` is about how many bytes `write` adds.
    pub fn ok_with(id: Id<'_>, size: usize, write: impl FnOnce(&mut String)) -> Self {
        let mut line = String::with_capacity(BEGINNING + size);
        begin(&mut line, id, "\"ok\":true");
        write(&mut line);
        line.push('}');
        debug_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&line).is_ok(), "not JSON: {line}");
        debug_assert!(!line.contains('\n'), "more than one line: {line}");
        Self(line.into_bytes())
    }

    /// A refusal.
    pub fn error(id: Id<'_>, error: &ErrorReply) -> Self {
        let mut line = begun(id, "\"ok\":false,\"error\":");
        let end = line.len();
        if let Err(cause) = serde_json::to_writer(&mut line, error) {
            tracing::error!(%cause, "an error reply could not be written");
            line.truncate(end);
            line.extend_from_slice(
                br#"{"code":"unavailable","message":"the reply could not be written","retry":true}"#,
            );
        }
        line.push(b'}');
        Self(line)
    }

    /// Another host's reply, under the id of the request that is answered with it in place of the one that it
    /// bears. None where that is not a number at its beginning, as in the replies to lines whose ids a program counts.
    ///
    /// It is not read again: only the lines of hosts that are known belong here.
    ///
    /// ```
    /// use tidings_wire::{Id, Reply};
    /// let id: Id = serde_json::from_str("\"a\"")?;
    /// let reply = Reply::renamed(r#"{"id":17,"ok":true,"version":1}"#, id).unwrap();
    /// assert_eq!(reply.line(), r#"{"id":"a","ok":true,"version":1}"#);
    /// assert!(Reply::renamed(r#"{"ok":true,"pong":true}"#, id).is_none());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn renamed(line: &str, id: Id<'_>) -> Option<Self> {
        let (number, rest) = line.strip_prefix(r#"{"id":"#)?.split_once(',')?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| Self(begun(id, rest)))
    }

    /// The line, without its end.
    pub fn line(&self) -> &str {
        // Only JSON from serde_json, ids from UTF-8 lines, and lines of hosts get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The length of the line in bytes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Whether it may be sent as it is. The server answers `too_large` in place of one that does not fit; a host
    /// that can answer with less does so itself.
    pub fn fits(&self, limits: &Limits) -> bool {
        self.size() <= limits.line_bytes
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Itself, or `too_large` to the same request where it does not fit.
    pub(crate) fn fitting(self, limits: &Limits) -> Self {
        if self.fits(limits) {
            return self;
        }
        let (size, limit) = (self.size(), limits.line_bytes);
        let message =
            format!("the reply has {size} bytes and a line {limit} at most: ask for a smaller page");
        ErrorReply::new(Code::TooLarge, message).reply(Id::found_in(self.line()))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.line())
    }
}

/// The most bytes before the fields of a success.
const BEGINNING: usize = MAX_BYTES + 20;

/// The beginning of a line whose size is not known.
fn begun(id: Id<'_>, rest: &str) -> Vec<u8> {
    let mut line = String::with_capacity(192);
    begin(&mut line, id, rest);
    line.into_bytes()
}

/// `{"id":…,` and what comes after it.
fn begin(line: &mut String, id: Id<'_>, rest: &str) {
    line.push('{');
    if let Some(id) = id.json() {
        line.push_str("\"id\":");
        line.push_str(id);
        line.push(',');
    }
    line.push_str(rest);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_body_leaves_only_ok() {
        assert_eq!(Reply::ok(Id::NONE, &json!({})).line(), r#"{"ok":true}"#);
    }

    #[test]
    fn written_fields_stand_as_they_were_written() {
        let id = serde_json::from_str("\"a\"").unwrap();
        let reply = Reply::ok_with(id, 0, |line| line.push_str(r#","data":[1],"next":"c""#));
        assert_eq!(reply.line(), r#"{"id":"a","ok":true,"data":[1],"next":"c"}"#);
        assert_eq!(Reply::ok_with(Id::NONE, 0, |_| ()).line(), r#"{"ok":true}"#);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "not JSON")]
    fn fields_that_are_no_json_are_found_in_debug_builds() {
        Reply::ok_with(Id::NONE, 0, |line| line.push_str("\"data\":1"));
    }

    #[test]
    fn a_body_that_is_no_object_is_unavailable_and_not_broken_json() {
        let reply: serde_json::Value = serde_json::from_str(Reply::ok(Id::NONE, &json!([1])).line()).unwrap();
        assert_eq!(reply["error"]["code"], "unavailable");
    }

    #[test]
    fn a_reply_that_does_not_fit_becomes_too_large_with_the_same_id() {
        let limits = Limits { line_bytes: 300, ..Limits::default() };
        let id = serde_json::from_str("\"a\"").unwrap();
        let reply = Reply::ok(id, &json!({ "data": "x".repeat(300) })).fitting(&limits);
        assert!(reply.line().starts_with(r#"{"id":"a","ok":false,"error":{"code":"too_large""#), "{reply:?}");
        assert!(reply.fits(&limits));
    }
}
