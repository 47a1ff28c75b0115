//! What the processes of the social domain ask, and are told.

use crate::{ClipId, CommentId, Subject, Target, UserId};

/// What a social process must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What is attached to a target that is gone? Answered with [`Answer::Attached`], of a moment after the event.
    Attached {
        /// The target.
        to: Target,
        /// Who made it.
        author: UserId,
    },
    /// Does the target live? Answered with [`Answer::Subject`].
    Lives {
        /// What was attached to it.
        what: Attached,
        /// The target.
        to: Target,
    },
    /// Was the clip published? Answered with [`Answer::Subject`].
    Published {
        /// The clip.
        clip: ClipId,
        /// Who made it.
        author: UserId,
    },
}

/// What a social process is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A page of what is attached.
    Attached(Vec<Attached>),
    /// The target, as it is now.
    Subject(Subject),
}

/// A thing that hangs on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attached {
    /// A comment, answers included.
    Comment(CommentId),
    /// This user's like.
    Like(UserId),
}
