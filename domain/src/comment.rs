//! A comment on a post or a clip, perhaps in answer to another comment.

use serde_json::{Map, Value};

use crate::{CommentId, StreamId, Target, Upcast, UserId};

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
