//! A post: a text that its author writes, and a moderator may hide.

use crate::{PostId, StreamId, UserId};

crate::commands! {
    /// What may be asked of a post.
    pub enum Command {
        /// Publishes a text.
        CreatePost {
            /// The new post.
            post: PostId = id,
            /// What it says.
            text: String,
        },
        /// Changes the text; for its author.
        EditPost {
            /// The post.
            post: PostId,
            /// What it says from now on.
            text: String,
        },
        /// Deletes it for good; for its author and moderators.
        DeletePost {
            /// The post.
            post: PostId,
        },
        /// Hides it from all; for moderators.
        HidePost {
            /// The post.
            post: PostId,
        },
        /// Shows it again; for moderators.
        UnhidePost {
            /// The post.
            post: PostId,
        },
    }
}

impl crate::Command for Command {
    fn name(&self) -> &'static str {
        self.variant()
    }

    fn stream(&self) -> StreamId {
        let (Self::CreatePost { post, .. }
        | Self::EditPost { post, .. }
        | Self::DeletePost { post }
        | Self::HidePost { post }
        | Self::UnhidePost { post }) = self;
        stream(*post)
    }

    fn opens(&self) -> bool {
        matches!(self, Self::CreatePost { .. })
    }
}

/// The stream of a post.
pub fn stream(post: PostId) -> StreamId {
    StreamId::trusted(format!("post-{post}"))
}

crate::events! {
    /// What may have happened to a post.
    pub enum Event {
        /// It was published.
        PostCreated(1) {
            /// The post.
            post: PostId,
            /// Who wrote it.
            author: UserId,
            /// What it says, in NFC and trimmed.
            text: String,
        },
        /// Its text was changed.
        PostEdited(1) {
            /// The post.
            post: PostId,
            /// What it says from now on.
            text: String,
        },
        /// It was deleted.
        PostDeleted(1) {
            /// The post.
            post: PostId,
            /// Who wrote it.
            author: UserId,
            /// Who deleted it.
            by: UserId,
        },
        /// A moderator hid it.
        PostHidden(1) {
            /// The post.
            post: PostId,
            /// Who wrote it.
            author: UserId,
            /// The moderator.
            by: UserId,
        },
        /// A moderator showed it again.
        PostUnhidden(1) {
            /// The post.
            post: PostId,
            /// Who wrote it.
            author: UserId,
            /// The moderator.
            by: UserId,
        },
    }
}
