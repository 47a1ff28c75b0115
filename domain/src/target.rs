//! What a comment or a like is on.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{ClipId, CommentId, PostId, StreamId};

/// A post, a clip or a comment, written as its stream: `post-<uuid>`, `clip-<uuid>`, `comment-<uuid>`.
///
/// ```
/// use tidings_domain::Target;
/// let target: Target = "post-01930000-0000-7000-8000-000000000001".parse()?;
/// assert_eq!(target.stream().as_str(), target.to_string());
/// # Ok::<(), tidings_domain::TargetParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A post.
    Post(PostId),
    /// A clip.
    Clip(ClipId),
    /// A comment.
    Comment(CommentId),
}

impl Target {
    /// The stream that holds its history.
    pub fn stream(self) -> StreamId {
        StreamId::trusted(self.to_string())
    }
}

impl From<PostId> for Target {
    fn from(id: PostId) -> Self {
        Self::Post(id)
    }
}

impl From<ClipId> for Target {
    fn from(id: ClipId) -> Self {
        Self::Clip(id)
    }
}

impl From<CommentId> for Target {
    fn from(id: CommentId) -> Self {
        Self::Comment(id)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post(id) => write!(f, "post-{id}"),
            Self::Clip(id) => write!(f, "clip-{id}"),
            Self::Comment(id) => write!(f, "comment-{id}"),
        }
    }
}

/// A text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no target of the form post-<uuid>, clip-<uuid> or comment-<uuid>")]
pub struct TargetParseError(String);

impl FromStr for Target {
    type Err = TargetParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = match text.split_once('-') {
            Some(("post", id)) => id.parse().ok().map(Self::Post),
            Some(("clip", id)) => id.parse().ok().map(Self::Clip),
            Some(("comment", id)) => id.parse().ok().map(Self::Comment),
            _ => None,
        };
        parsed.ok_or_else(|| TargetParseError(text.chars().take(60).collect()))
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text of the form post-<uuid>, clip-<uuid> or comment-<uuid>")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Target, E> {
        text.parse().map_err(E::custom)
    }
}
