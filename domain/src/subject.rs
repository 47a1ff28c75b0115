//! What others may know of a post, a clip or a comment.

use crate::{Class, DecodeError, Encoded, Event, Fact, Target, UserId, Visibility, clip, comment, post};

/// A post, clip or comment as seen from another stream: is it there, who made it, may it be seen?
///
/// Folded from its stored events; events that say nothing of this are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Who made it; none where it was never there.
    pub author: Option<UserId>,
    /// Whether it was deleted or removed.
    pub deleted: bool,
    /// A post: whether a moderator hid it.
    pub hidden: bool,
    /// A clip: whether its video is not there yet.
    pub unpublished: bool,
    /// A clip: who may see it.
    pub visibility: Visibility,
    /// A comment: what it is on.
    pub target: Option<Target>,
}

impl Subject {
    /// A post, published clip or comment of this author that everyone may see.
    pub fn by(author: UserId) -> Self {
        Self { author: Some(author), ..Self::default() }
    }

    /// Whether something new may be attached to it; `target` is its name in the refusal.
    ///
    /// # Errors
    /// When it was never there, was deleted, or may not be seen now.
    pub fn check(&self, target: Target) -> Result<(), TargetError> {
        if self.author.is_none() {
            Err(TargetError::NotFound { target })
        } else if self.deleted {
            Err(TargetError::Deleted { target })
        } else if self.hidden {
            Err(TargetError::Hidden { target })
        } else if self.unpublished {
            Err(TargetError::Unpublished { target })
        } else if self.visibility == Visibility::Private {
            Err(TargetError::Private { target })
        } else {
            Ok(())
        }
    }
}

impl Fact for Subject {
    fn learn(&mut self, event: &Encoded) -> Result<(), DecodeError> {
        match &*event.name {
            "PostCreated" | "PostDeleted" | "PostHidden" | "PostUnhidden" => {
                self.learn_of_post(&post::Event::decode(event)?);
            }
            "ClipStaged" | "ClipPublished" | "ClipVisibilityChanged" | "ClipDeleted" => {
                self.learn_of_clip(&clip::Event::decode(event)?);
            }
            "CommentAdded" | "CommentRemoved" => self.learn_of_comment(&comment::Event::decode(event)?),
            _ => {}
        }
        Ok(())
    }
}

impl Subject {
    fn learn_of_post(&mut self, event: &post::Event) {
        match event {
            post::Event::PostCreated { author, .. } => self.author = Some(*author),
            post::Event::PostDeleted { .. } => self.deleted = true,
            post::Event::PostHidden { .. } => self.hidden = true,
            post::Event::PostUnhidden { .. } => self.hidden = false,
            post::Event::PostEdited { .. } => {}
        }
    }

    fn learn_of_clip(&mut self, event: &clip::Event) {
        match event {
            clip::Event::ClipStaged { author, .. } => {
                self.author = Some(*author);
                self.unpublished = true;
            }
            clip::Event::ClipPublished { .. } => self.unpublished = false,
            clip::Event::ClipVisibilityChanged { visibility, .. } => self.visibility = *visibility,
            clip::Event::ClipDeleted { .. } => self.deleted = true,
            clip::Event::ClipFailed { .. } | clip::Event::ClipEdited { .. } => {}
        }
    }

    fn learn_of_comment(&mut self, event: &comment::Event) {
        match event {
            comment::Event::CommentAdded { author, target, .. } => {
                self.author = Some(*author);
                self.target = Some(*target);
            }
            comment::Event::CommentRemoved { .. } => self.deleted = true,
            comment::Event::CommentEdited { .. } => {}
        }
    }
}

/// Why nothing new may be attached to a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It was never there.
    #[error("{target} does not exist; check the id")]
    NotFound {
        /// What was asked for.
        target: Target,
    },
    /// It was deleted.
    #[error("{target} was deleted; nothing can be added to it any more")]
    Deleted {
        /// What was asked for.
        target: Target,
    },
    /// A moderator hid it.
    #[error("{target} is hidden by a moderator; nothing can be added to it until it is shown again")]
    Hidden {
        /// What was asked for.
        target: Target,
    },
    /// Its video is not there yet.
    #[error("{target} is not published; try again when it is")]
    Unpublished {
        /// What was asked for.
        target: Target,
    },
    /// Only its author may see it.
    #[error("{target} is private; nothing can be added to it until its author opens it")]
    Private {
        /// What was asked for.
        target: Target,
    },
}

impl TargetError {
    /// Stable, in snake_case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "target_not_found",
            Self::Deleted { .. } => "target_deleted",
            Self::Hidden { .. } => "target_hidden",
            Self::Unpublished { .. } => "target_unpublished",
            Self::Private { .. } => "target_private",
        }
    }

    /// Missing, gone, or not for now.
    pub fn class(&self) -> Class {
        match self {
            Self::NotFound { .. } => Class::NotFound,
            Self::Deleted { .. } => Class::Gone,
            Self::Hidden { .. } | Self::Unpublished { .. } | Self::Private { .. } => Class::Rejected,
        }
    }
}
