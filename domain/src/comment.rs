//! A comment on a post or a clip, perhaps in answer to another comment.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::subject::TargetError;
use crate::text::{self, TextError};
use crate::{Actor, Aggregate, CommentId, Context, Limits, StreamId, Subject, Target, Upcast, UserId};

crate::commands! {
    /// What may be asked of a comment.
    pub enum Command {
        /// Writes a comment on a post or a clip.
        AddComment {
            /// The new comment.
            comment: CommentId = id,
            /// The post or clip that it is on.
            target: Target,
            /// The comment that it answers, on the same target.
            parent: Option<CommentId> = default,
            /// What it says.
            text: String,
        },
        /// Changes the text; for its author.
        EditComment {
            /// The comment.
            comment: CommentId,
            /// What it says from now on.
            text: String,
        },
        /// Removes it for good, its replies stay; for its author, the target's author and moderators.
        RemoveComment {
            /// The comment.
            comment: CommentId,
        },
    }
}

impl crate::Command for Command {
    fn name(&self) -> &'static str {
        self.variant()
    }

    fn stream(&self) -> StreamId {
        let (Self::AddComment { comment, .. }
        | Self::EditComment { comment, .. }
        | Self::RemoveComment { comment }) = self;
        stream(*comment)
    }

    fn opens(&self) -> bool {
        matches!(self, Self::AddComment { .. })
    }
}

/// The stream of a comment.
pub fn stream(comment: CommentId) -> StreamId {
    StreamId::trusted(format!("comment-{comment}"))
}

crate::events! {
    /// What may have happened to a comment.
    pub enum Event {
        /// It was written.
        CommentAdded(2) {
            /// The comment.
            comment: CommentId,
            /// Who wrote it.
            author: UserId,
            /// The post or clip that it is on.
            target: Target,
            /// The comment that it answers.
            parent: Option<CommentId>,
            /// What it says, in NFC and trimmed.
            text: String,
        },
        /// Its text was changed.
        CommentEdited(1) {
            /// The comment.
            comment: CommentId,
            /// What it says from now on.
            text: String,
        },
        /// It was removed.
        CommentRemoved(1) {
            /// The comment.
            comment: CommentId,
            /// Who wrote it.
            author: UserId,
            /// The post or clip that it was on.
            target: Target,
            /// The comment that it answered.
            parent: Option<CommentId>,
            /// Who removed it.
            by: UserId,
        },
    }
    upcasts &[Upcast { event: "CommentAdded", from: 1, lift: target_and_parent }]
}

/// Version 1 knew comments on posts only (`post`, a bare id), and no replies.
fn target_and_parent(data: &mut Map<String, Value>) {
    if let Some(Value::String(post)) = data.remove("post") {
        data.insert("target".into(), format!("post-{post}").into());
    }
    data.insert("parent".into(), Value::Null);
}

crate::rejections! {
    /// Why a comment says no.
    pub enum Rejection {
        /// The id is taken.
        AlreadyExists(Rejected, "already_exists") {
            /// The comment.
            comment: CommentId,
        } = "there is a comment {comment} already; leave `comment` out to get a new id",
        /// There never was such a comment.
        NotFound(NotFound, "comment_not_found") {
            /// The comment.
            comment: CommentId,
        } = "there is no comment {comment}; check the id",
        /// It was removed.
        Removed(Gone, "comment_removed") {
            /// The comment.
            comment: CommentId,
        } = "comment {comment} was removed, for good",
        /// Only the author may do this.
        NotAuthor(Forbidden, "not_author") {
            /// The comment.
            comment: CommentId,
            /// Who wrote it.
            author: UserId,
        } = "only its author, {author}, may edit comment {comment}",
        /// The actor may not remove it.
        MayNotRemove(Forbidden, "may_not_remove") {
            /// The comment.
            comment: CommentId,
            /// Who wrote it.
            author: UserId,
            /// What it is on.
            target: Target,
        } = "only its author, {author}, the author of {target} or a moderator may remove comment {comment}",
        /// Comments are on posts and clips.
        OnComment(Invalid, "target_is_comment") {
            /// The comment given as the target.
            target: Target,
        } = "a comment is on a post or a clip; to answer {target}, name it as `parent` beside its own target",
        /// There never was such a parent.
        ParentNotFound(NotFound, "parent_not_found") {
            /// The parent.
            parent: CommentId,
        } = "there is no comment {parent} to answer; check `parent`",
        /// The parent was removed.
        ParentRemoved(Gone, "parent_removed") {
            /// The parent.
            parent: CommentId,
        } = "comment {parent} was removed and cannot be answered any more; leave `parent` out",
        /// The parent is on something else.
        ParentElsewhere(Rejected, "parent_elsewhere") {
            /// The parent.
            parent: CommentId,
            /// The target of the new comment.
            target: Target,
        } = "comment {parent} is not on {target}; an answer is on the same target as its parent",
    }
    also {
        /// The post or clip cannot be commented on.
        Target(TargetError),
        /// The text is no good.
        Text(TextError),
    }
}

/// The state of a comment; the default is one that was never there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comment {
    /// What was fixed when it was written; none where it was never there.
    pub origin: Option<Origin>,
    /// What it says; empty once removed.
    pub text: String,
    /// Whether it was removed.
    pub removed: bool,
}

/// What is fixed when a comment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Who wrote it.
    pub author: UserId,
    /// The post or clip that it is on.
    pub target: Target,
    /// The comment that it answers.
    pub parent: Option<CommentId>,
}

impl Comment {
    /// The origin, where the comment lives.
    fn living(&self, comment: CommentId) -> Result<Origin, Rejection> {
        match self.origin {
            None => Err(Rejection::NotFound { comment }),
            Some(_) if self.removed => Err(Rejection::Removed { comment }),
            Some(origin) => Ok(origin),
        }
    }
}

impl Aggregate for Comment {
    const NAME: &'static str = "comment";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = Subject;
    type Limits = Limits;

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::CommentAdded { author, target, parent, text, .. } => {
                self.origin = Some(Origin { author: *author, target: *target, parent: *parent });
                self.text.clone_from(text);
            }
            Event::CommentEdited { text, .. } => self.text.clone_from(text),
            Event::CommentRemoved { .. } => {
                self.removed = true;
                self.text = String::new();
            }
        }
    }

    fn needs(&self, command: &Command) -> Vec<StreamId> {
        match command {
            Command::AddComment { target, parent, .. } => {
                std::iter::once(target.stream()).chain(parent.map(stream)).collect()
            }
            Command::EditComment { .. } => vec![],
            Command::RemoveComment { .. } => {
                self.origin.iter().map(|origin| origin.target.stream()).collect()
            }
        }
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        let Actor { id: by, moderator } = context.actor;
        let clean = |text| text::clean("text", text, context.limits.comment_text);
        match *command {
            Command::AddComment { comment, target, parent, ref text } => {
                if self.origin.is_some() {
                    return Err(Rejection::AlreadyExists { comment });
                }
                if matches!(target, Target::Comment(_)) {
                    return Err(Rejection::OnComment { target });
                }
                let text = clean(text)?;
                context.fact(&target.stream()).check(target)?;
                if let Some(parent) = parent {
                    answerable(&context.fact(&stream(parent)), parent, target)?;
                }
                Ok(vec![Event::CommentAdded { comment, author: by, target, parent, text }])
            }
            Command::EditComment { comment, ref text } => {
                let Origin { author, .. } = self.living(comment)?;
                if by != author {
                    return Err(Rejection::NotAuthor { comment, author });
                }
                let text = clean(text)?;
                Ok(if text == self.text { vec![] } else { vec![Event::CommentEdited { comment, text }] })
            }
            Command::RemoveComment { comment } => {
                let Origin { author, target, parent } = self.living(comment)?;
                let hosts = context.fact(&target.stream()).author == Some(by);
                if by != author && !hosts && !moderator {
                    return Err(Rejection::MayNotRemove { comment, author, target });
                }
                Ok(vec![Event::CommentRemoved { comment, author, target, parent, by }])
            }
        }
    }
}

/// Whether a new comment on `target` may answer `parent`.
fn answerable(known: &Subject, parent: CommentId, target: Target) -> Result<(), Rejection> {
    match known.target {
        None => Err(Rejection::ParentNotFound { parent }),
        Some(other) if other != target => Err(Rejection::ParentElsewhere { parent, target }),
        Some(_) if known.deleted => Err(Rejection::ParentRemoved { parent }),
        Some(_) => Ok(()),
    }
}
