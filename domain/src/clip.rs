//! A clip: a short video that is staged, transcoded elsewhere, and then published.

use serde::{Deserialize, Serialize};

use crate::{ClipId, StreamId, UserId};

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

crate::commands! {
    /// What may be asked of a clip.
    pub enum Command {
        /// Announces a clip whose video is being transcoded.
        StageClip {
            /// The new clip.
            clip: ClipId = id,
            /// Its title.
            title: String,
            /// What it is about; may be empty.
            description: String = default,
        },
        /// Tells that transcoding is done: publishes the clip.
        PublishClip {
            /// The clip.
            clip: ClipId,
            /// Where the video lies in the media store.
            media_key: String,
            /// How long it is, in seconds.
            duration_s: u32,
            /// The forms that it can be played in, such as `720p`.
            renditions: Vec<String>,
        },
        /// Tells that transcoding failed.
        FailClip {
            /// The clip.
            clip: ClipId,
            /// Why.
            reason: String,
        },
        /// Changes title and description; for its author.
        EditClip {
            /// The clip.
            clip: ClipId,
            /// Its title from now on.
            title: String,
            /// Its description from now on; may be empty.
            description: String,
        },
        /// Changes who may see it; for its author.
        SetClipVisibility {
            /// The clip.
            clip: ClipId,
            /// Who may see it from now on.
            visibility: Visibility,
        },
        /// Deletes it for good; for its author and moderators.
        DeleteClip {
            /// The clip.
            clip: ClipId,
        },
    }
}

impl crate::Command for Command {
    fn name(&self) -> &'static str {
        self.variant()
    }

    fn stream(&self) -> StreamId {
        let (Self::StageClip { clip, .. }
        | Self::PublishClip { clip, .. }
        | Self::FailClip { clip, .. }
        | Self::EditClip { clip, .. }
        | Self::SetClipVisibility { clip, .. }
        | Self::DeleteClip { clip }) = self;
        stream(*clip)
    }

    fn opens(&self) -> bool {
        matches!(self, Self::StageClip { .. })
    }
}

/// The stream of a clip.
pub fn stream(clip: ClipId) -> StreamId {
    StreamId::trusted(format!("clip-{clip}"))
}

crate::events! {
    /// What may have happened to a clip.
    pub enum Event {
        /// It was announced; its video is being transcoded.
        ClipStaged(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Its title, in NFC and trimmed.
            title: String,
            /// What it is about; may be empty.
            description: String,
        },
        /// Its video can be played.
        ClipPublished(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Where the video lies in the media store.
            media_key: String,
            /// How long it is, in seconds.
            duration_s: u32,
            /// The forms that it can be played in.
            renditions: Vec<String>,
        },
        /// Its video could not be transcoded.
        ClipFailed(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Why.
            reason: String,
        },
        /// Its title or description was changed.
        ClipEdited(1) {
            /// The clip.
            clip: ClipId,
            /// Its title from now on.
            title: String,
            /// Its description from now on.
            description: String,
        },
        /// Who may see it was changed.
        ClipVisibilityChanged(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Who may see it from now on.
            visibility: Visibility,
        },
        /// It was deleted.
        ClipDeleted(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Who deleted it.
            by: UserId,
            /// Whether it had been published before.
            published: bool,
        },
    }
}
