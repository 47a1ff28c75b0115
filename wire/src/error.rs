//! A refusal, as it stands in a reply.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Code, Id, Reply};

/// A refusal: its code, a sentence for a person, and what a program may want to know.
///
/// ```
/// use tidings_wire::{Code, ErrorReply, Id};
/// let error = ErrorReply::new(Code::Rejected, "the post is 2,201 characters long; 2,200 is the limit")
///     .reason("text_too_long")
///     .field("data.text");
/// assert_eq!(
///     error.reply(Id::NONE).line(),
///     r#"{"ok":false,"error":{"code":"rejected","reason":"text_too_long","field":"data.text","message":"the post is 2,201 characters long; 2,200 is the limit","retry":false}}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ErrorReply {
    /// The kind of refusal.
    pub code: Code,
    /// The domain's own stable name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
    /// The field that is to blame, by its path in the line, such as `data.text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A sentence for a person; programs go by the code.
    pub message: String,
    /// Whether the same line may succeed a little later.
    pub retry: bool,
    /// More that a program may want to know, such as the versions of a conflict.
    #[serde(flatten)]
    pub details: BTreeMap<Cow<'static, str>, Value>,
}

impl ErrorReply {
    /// A refusal without more; `retry` follows from the code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: None,
            field: None,
            message: message.into(),
            retry: code.retry(),
            details: BTreeMap::new(),
        }
    }

    /// With the domain's own name for it.
    #[must_use]
    pub fn reason(self, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    /// With the field that is to blame.
    #[must_use]
    pub fn field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// With one more fact, which stands beside the code.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }

    /// The reply to the request of this id.
    pub fn reply(&self, id: Id<'_>) -> Reply {
        Reply::error(id, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_was_kept_is_the_same_when_it_is_read() {
        let bare = ErrorReply::new(Code::Gone, "deleted");
        let whole = ErrorReply::new(Code::Conflict, "others").reason("r").field("f").with("expected", 3);
        for error in [bare, whole] {
            let kept = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<ErrorReply>(&kept).unwrap(), error, "{kept}");
        }
    }
}
