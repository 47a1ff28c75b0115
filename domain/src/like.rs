//! A user's like of a post, a clip or a comment: one stream for each pair, so at most one like.

use crate::{StreamId, Target, UserId};

crate::commands! {
    /// What may be asked of a like.
    pub enum Command {
        /// Likes a post, a clip or a comment.
        Like {
            /// Who likes it.
            user: UserId = actor,
            /// What is liked.
            target: Target,
        },
        /// Takes a like back.
        Unlike {
            /// Who liked it.
            user: UserId = actor,
            /// What was liked.
            target: Target,
        },
    }
}

impl crate::Command for Command {
    fn name(&self) -> &'static str {
        self.variant()
    }

    fn stream(&self) -> StreamId {
        let (Self::Like { user, target } | Self::Unlike { user, target }) = self;
        stream(*user, *target)
    }

    fn opens(&self) -> bool {
        matches!(self, Self::Like { .. })
    }
}

/// The stream of a user's like of a target.
pub fn stream(user: UserId, target: Target) -> StreamId {
    StreamId::trusted(format!("like-{user}-{target}"))
}

crate::events! {
    /// What may have happened to a like.
    pub enum Event {
        /// The user likes the target.
        Liked(1) {
            /// The user.
            user: UserId,
            /// The post, clip or comment.
            target: Target,
        },
        /// The user does not like it any more.
        Unliked(1) {
            /// The user.
            user: UserId,
            /// The post, clip or comment.
            target: Target,
        },
    }
}
