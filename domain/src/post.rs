//! A post: a text that its author writes, and a moderator may hide.

use serde::Serialize;

use crate::text::{self, TextError};
use crate::{Actor, Aggregate, Context, Limits, PostId, StreamId, UserId};

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

crate::rejections! {
    /// Why a post says no.
    pub enum Rejection {
        /// The id is taken.
        AlreadyExists(Rejected, "already_exists") {
            /// The post.
            post: PostId,
        } = "there is a post {post} already; leave `post` out to get a new id",
        /// There never was such a post.
        NotFound(NotFound, "post_not_found") {
            /// The post.
            post: PostId,
        } = "there is no post {post}; check the id",
        /// It was deleted.
        Deleted(Gone, "post_deleted") {
            /// The post.
            post: PostId,
        } = "post {post} was deleted, for good",
        /// Only the author may do this.
        NotAuthor(Forbidden, "not_author") {
            /// The post.
            post: PostId,
            /// Who wrote it.
            author: UserId,
        } = "only its author, {author}, may edit post {post}",
        /// Only the author or a moderator may do this.
        NotAuthorOrModerator(Forbidden, "not_author_or_moderator") {
            /// The post.
            post: PostId,
            /// Who wrote it.
            author: UserId,
        } = "only its author, {author}, or a moderator may delete post {post}",
        /// Only a moderator may do this.
        NotModerator(Forbidden, "not_moderator") {} = "only a moderator may hide a post or show it again",
    }
    also {
        /// The text is no good.
        Text(TextError),
    }
}

/// The state of a post; the default is one that was never there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Post {
    /// Who wrote it; none where it was never there.
    pub author: Option<UserId>,
    /// What it says; empty once deleted.
    pub text: String,
    /// Whether a moderator hid it.
    pub hidden: bool,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Post {
    /// The author, where the post lives.
    fn living(&self, post: PostId) -> Result<UserId, Rejection> {
        match self.author {
            None => Err(Rejection::NotFound { post }),
            Some(_) if self.deleted => Err(Rejection::Deleted { post }),
            Some(author) => Ok(author),
        }
    }
}

impl Aggregate for Post {
    const NAME: &'static str = "post";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = ();
    type Limits = Limits;

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::PostCreated { author, text, .. } => {
                self.author = Some(*author);
                self.text.clone_from(text);
            }
            Event::PostEdited { text, .. } => self.text.clone_from(text),
            Event::PostDeleted { .. } => {
                self.deleted = true;
                self.text = String::new();
            }
            Event::PostHidden { .. } => self.hidden = true,
            Event::PostUnhidden { .. } => self.hidden = false,
        }
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        let Actor { id: by, moderator } = context.actor;
        let clean = |text| text::clean("text", text, context.limits.post_text);
        match *command {
            Command::CreatePost { post, ref text } => {
                if self.author.is_some() {
                    return Err(Rejection::AlreadyExists { post });
                }
                Ok(vec![Event::PostCreated { post, author: by, text: clean(text)? }])
            }
            Command::EditPost { post, ref text } => {
                let author = self.living(post)?;
                if by != author {
                    return Err(Rejection::NotAuthor { post, author });
                }
                let text = clean(text)?;
                Ok(if text == self.text { vec![] } else { vec![Event::PostEdited { post, text }] })
            }
            Command::DeletePost { post } => {
                let author = self.living(post)?;
                if by != author && !moderator {
                    return Err(Rejection::NotAuthorOrModerator { post, author });
                }
                Ok(vec![Event::PostDeleted { post, author, by }])
            }
            Command::HidePost { post } => {
                let author = self.living(post)?;
                if !moderator {
                    return Err(Rejection::NotModerator {});
                }
                Ok(if self.hidden { vec![] } else { vec![Event::PostHidden { post, author, by }] })
            }
            Command::UnhidePost { post } => {
                let author = self.living(post)?;
                if !moderator {
                    return Err(Rejection::NotModerator {});
                }
                Ok(if self.hidden { vec![Event::PostUnhidden { post, author, by }] } else { vec![] })
            }
        }
    }
}
