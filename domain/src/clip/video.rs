//! A clip's video, and who may see it.

use serde::{Deserialize, Serialize};

use super::Rejection;
use crate::{ClipId, Limits, text};

/// Who may see a published clip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone, and it is listed.
    #[default]
    Public,
    /// Everyone who knows its id; it is not listed.
    Unlisted,
    /// Its author only.
    Private,
}

/// What became of a clip's video.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoState {
    /// It is being transcoded.
    #[default]
    Staged,
    /// It can be played.
    Published(Video),
    /// It could not be transcoded.
    Failed,
}

/// A video that can be played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Video {
    /// Where it lies in the media store.
    pub media_key: String,
    /// How long it is, in seconds.
    pub duration_s: u32,
    /// The forms that it can be played in.
    pub renditions: Vec<String>,
}

impl Video {
    /// The video, where its description is within the limits.
    pub(super) fn checked(
        media_key: &str,
        duration_s: u32,
        renditions: &[String],
        limits: &Limits,
    ) -> Result<Self, Rejection> {
        if !(1..=limits.clip_duration_s).contains(&duration_s) {
            return Err(Rejection::Duration { found: duration_s, max: limits.clip_duration_s });
        }
        let (found, max) = (renditions.len(), limits.clip_renditions);
        if found > max {
            return Err(Rejection::TooManyRenditions { found, max });
        }
        let rendition = |name: &String| text::clean("rendition", name, limits.clip_rendition);
        Ok(Self {
            media_key: text::clean("media_key", media_key, limits.clip_media_key)?,
            duration_s,
            renditions: renditions.iter().map(rendition).collect::<Result<_, _>>()?,
        })
    }
}

impl VideoState {
    /// Why a clip that is not staged any more can neither be published nor fail.
    pub(super) fn settled(&self, clip: ClipId) -> Rejection {
        match self {
            Self::Published(video) => {
                Rejection::AlreadyPublished { clip, media_key: video.media_key.clone() }
            }
            Self::Staged | Self::Failed => Rejection::AlreadyFailed { clip },
        }
    }
}
