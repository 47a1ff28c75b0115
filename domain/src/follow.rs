//! One user following another: one stream for each pair, so at most one follow.

use crate::{StreamId, UserId};

crate::commands! {
    /// What may be asked of a follow.
    pub enum Command {
        /// Follows a user.
        Follow {
            /// Who follows.
            follower: UserId = actor,
            /// Who is followed.
            user: UserId,
        },
        /// Follows a user no more.
        Unfollow {
            /// Who followed.
            follower: UserId = actor,
            /// Who was followed.
            user: UserId,
        },
    }
}

impl crate::Command for Command {
    fn name(&self) -> &'static str {
        self.variant()
    }

    fn stream(&self) -> StreamId {
        let (Self::Follow { follower, user } | Self::Unfollow { follower, user }) = self;
        stream(*follower, *user)
    }

    fn opens(&self) -> bool {
        matches!(self, Self::Follow { .. })
    }
}

/// The stream of one user following another.
pub fn stream(follower: UserId, followee: UserId) -> StreamId {
    StreamId::trusted(format!("follow-{follower}-{followee}"))
}

crate::events! {
    /// What may have happened between two users.
    pub enum Event {
        /// One follows the other.
        Followed(1) {
            /// Who follows.
            follower: UserId,
            /// Who is followed.
            followee: UserId,
        },
        /// One follows the other no more.
        Unfollowed(1) {
            /// Who followed.
            follower: UserId,
            /// Who was followed.
            followee: UserId,
        },
    }
}
