//! What others may know of a post, a clip or a comment.

use crate::{DecodeError, Encoded, Event, Fact, Target, UserId, Visibility, clip, comment, post};

/// A post, clip or comment as seen from another stream: is it there, who made it, may it be seen?
///
/// Folded from its stored events; events that say nothing of this are passed over.
///
/// ```
/// use tidings_domain::testing::sample;
/// use tidings_domain::{Event, Fact, Rejection, Subject, Target};
///
/// let mut subject = Subject::default();
/// let target = Target::from(sample::post(1));
/// assert_eq!(subject.check(target).unwrap_err().code(), "target_not_found");
/// subject.learn(&sample::post_created(1, sample::user(1)).encode())?;
/// assert_eq!(subject.check(target), Ok(()));
/// # Ok::<(), tidings_domain::DecodeError>(())
/// ```
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

crate::rejections! {
    /// Why nothing new may be attached to a target.
    pub enum TargetError {
        /// It was never there.
        NotFound(NotFound, "target_not_found") {
            /// What was asked for.
            target: Target,
        } = "{target} does not exist; check the id",
        /// It was deleted.
        Deleted(Gone, "target_deleted") {
            /// What was asked for.
            target: Target,
        } = "{target} was deleted; nothing can be added to it any more",
        /// A moderator hid it.
        Hidden(Rejected, "target_hidden") {
            /// What was asked for.
            target: Target,
        } = "{target} is hidden by a moderator; nothing can be added to it until it is shown again",
        /// Its video is not there yet.
        Unpublished(Rejected, "target_unpublished") {
            /// What was asked for.
            target: Target,
        } = "{target} is not published; try again when it is",
        /// Only its author may see it.
        Private(Rejected, "target_private") {
            /// What was asked for.
            target: Target,
        } = "{target} is private; nothing can be added to it until its author opens it",
    }
}
