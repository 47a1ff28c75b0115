//! The name of one aggregate's history.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Target;

/// The longest stream id, in bytes.
const MAX_BYTES: usize = 200;

/// The id of a stream: the aggregate's kind, `-`, and what tells it from its like, such as `post-0193…`.
///
/// 3 to 200 bytes of `a-z A-Z 0-9 - _ . :`, a kind of at least one letter, `-`, and at least one more.
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId(Arc<str>);

impl StreamId {
    /// The stream of a kind and of what tells it from its like.
    ///
    /// # Errors
    /// When the two together are no stream id.
    pub fn of(kind: &str, key: impl fmt::Display) -> Result<Self, StreamIdError> {
        format!("{kind}-{key}").parse()
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first `-`.
    pub fn kind(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The part after the first `-`.
    pub fn key(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, key)| key)
    }

    /// For the domain's own ids, whose parts are known to be well formed.
    pub(crate) fn trusted(text: String) -> Self {
        debug_assert!(check(&text).is_ok(), "{text}");
        Self(text.into())
    }
}

fn check(text: &str) -> Result<(), StreamIdError> {
    let fail = |why| Err(StreamIdError { text: text.chars().take(60).collect(), why });
    if text.len() > MAX_BYTES {
        return fail("it is longer than 200 bytes");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b)) {
        return fail("it has a character other than a-z A-Z 0-9 - _ . :");
    }
    match text.split_once('-') {
        Some((kind, key)) if !kind.is_empty() && !key.is_empty() => Ok(()),
        _ => fail("it is not of the form kind-key"),
    }
}

/// Why a text is no stream id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no stream id: {why}")]
pub struct StreamIdError {
    text: String,
    why: &'static str,
}

impl FromStr for StreamId {
    type Err = StreamIdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text)?;
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for StreamId {
    type Error = StreamIdError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        check(&text)?;
        Ok(Self(text.into()))
    }
}

impl From<Target> for StreamId {
    fn from(target: Target) -> Self {
        target.stream()
    }
}

impl From<StreamId> for String {
    fn from(id: StreamId) -> Self {
        id.0.as_ref().into()
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
