//! A user's like of a post, a clip or a comment: one stream for each pair, so at most one like.

use serde::Serialize;

use crate::subject::TargetError;
use crate::{Aggregate, Context, Limits, StreamId, Subject, Target, UserId};

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

crate::rejections! {
    /// Why a like says no.
    pub enum Rejection {}
    also {
        /// The target cannot be liked.
        Target(TargetError),
    }
}

/// The state of a like; the default is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Like {
    /// Whether the user likes the target.
    pub liked: bool,
}

impl Aggregate for Like {
    const NAME: &'static str = "like";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = Subject;
    type Limits = Limits;

    fn evolve(&mut self, event: &Event) {
        self.liked = match event {
            Event::Liked { .. } => true,
            Event::Unliked { .. } => false,
        }
    }

    fn needs(&self, command: &Command) -> Vec<StreamId> {
        match command {
            Command::Like { target, .. } if !self.liked => vec![target.stream()],
            // A like can be taken back whatever became of its target.
            Command::Like { .. } | Command::Unlike { .. } => vec![],
        }
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        match *command {
            Command::Like { user, target } if !self.liked => {
                context.fact(&target.stream()).check(target)?;
                Ok(vec![Event::Liked { user, target }])
            }
            Command::Unlike { user, target } if self.liked => Ok(vec![Event::Unliked { user, target }]),
            Command::Like { .. } | Command::Unlike { .. } => Ok(vec![]),
        }
    }
}
