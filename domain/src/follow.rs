//! One user following another: one stream for each pair, so at most one follow.

use serde::Serialize;

use crate::{Aggregate, Context, Limits, StreamId, UserId};

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

crate::rejections! {
    /// Why a follow says no.
    pub enum Rejection {
        /// Nobody follows oneself.
        Oneself(Invalid, "follows_oneself") {} = "you cannot follow yourself; name another `user`",
    }
}

/// The state of one user following another; the default is not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Follow {
    /// Whether one follows the other.
    pub following: bool,
}

impl Aggregate for Follow {
    const NAME: &'static str = "follow";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = ();
    type Limits = Limits;

    fn evolve(&mut self, event: &Event) {
        self.following = match event {
            Event::Followed { .. } => true,
            Event::Unfollowed { .. } => false,
        }
    }

    fn decide(&self, command: &Command, _: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        match *command {
            Command::Follow { follower, user } if follower == user => Err(Rejection::Oneself {}),
            Command::Follow { follower, user } if !self.following => {
                Ok(vec![Event::Followed { follower, followee: user }])
            }
            Command::Unfollow { follower, user } if self.following => {
                Ok(vec![Event::Unfollowed { follower, followee: user }])
            }
            Command::Follow { .. } | Command::Unfollow { .. } => Ok(vec![]),
        }
    }
}
