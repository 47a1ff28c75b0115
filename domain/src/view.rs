//! A viewer's views and shares of one clip.

use crate::{ClipId, StreamId, Timestamp, UserId};

crate::commands! {
    /// What may be asked of a viewer's views of a clip.
    pub enum Command {
        /// Tells that the clip was watched.
        RecordView {
            /// Who watched it.
            viewer: UserId = actor,
            /// The clip.
            clip: ClipId,
            /// When watching began.
            started_at: Timestamp,
            /// When watching ended.
            ended_at: Timestamp,
        },
        /// Tells that the clip was shared with others.
        ShareClip {
            /// Who shared it.
            user: UserId = actor,
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
        let (Self::RecordView { viewer: user, clip, .. } | Self::ShareClip { user, clip }) = self;
        stream(*user, *clip)
    }
}

/// The stream of a viewer's views of a clip.
pub fn stream(viewer: UserId, clip: ClipId) -> StreamId {
    StreamId::trusted(format!("view-{viewer}-{clip}"))
}

crate::events! {
    /// What may have happened between a viewer and a clip.
    pub enum Event {
        /// The viewer watched it.
        ClipViewed(1) {
            /// The viewer.
            viewer: UserId,
            /// The clip.
            clip: ClipId,
            /// Whether it is this viewer's first view of the clip.
            first: bool,
            /// When watching began.
            started_at: Timestamp,
            /// When watching ended.
            ended_at: Timestamp,
        },
        /// The user shared it with others.
        ClipShared(1) {
            /// The user.
            user: UserId,
            /// The clip.
            clip: ClipId,
        },
    }
}
