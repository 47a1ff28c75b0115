//! A clip: a short video that is staged, transcoded elsewhere, and then published.

mod video;

use serde::Serialize;

use crate::text::{self, TextError};
use crate::{Actor, Aggregate, ClipId, Context, Limits, StreamId, UserId};

pub use video::{Video, VideoState, Visibility};

crate::commands! {
    /// What may be asked of a clip.
    pub enum Command {
        /// Announces a clip whose video is being transcoded.
        StageClip {
            /// The new clip.
            clip: ClipId = id,
            /// Its title.
            title: String,
            /// What it is about; may be empty.
            description: String = default,
        },
        /// Tells that transcoding is done: publishes the clip.
        PublishClip {
            /// The clip.
            clip: ClipId,
            /// Where the video lies in the media store.
            media_key: String,
            /// How long it is, in seconds.
            duration_s: u32,
            /// The forms that it can be played in, such as `720p`.
            renditions: Vec<String>,
        },
        /// Tells that transcoding failed.
        FailClip {
            /// The clip.
            clip: ClipId,
            /// Why.
            reason: String,
        },
        /// Changes title and description; for its author.
        EditClip {
            /// The clip.
            clip: ClipId,
            /// Its title from now on.
            title: String,
            /// Its description from now on; may be empty.
            description: String,
        },
        /// Changes who may see it; for its author.
        SetClipVisibility {
            /// The clip.
            clip: ClipId,
            /// Who may see it from now on.
            visibility: Visibility,
        },
        /// Deletes it for good; for its author and moderators.
        DeleteClip {
            /// The clip.
            clip: ClipId,
        },
    }
}

impl crate::Command for Command {
    fn name(&self) -> &'static str {
        self.variant()
    }

    fn stream(&self) -> StreamId {
        let (Self::StageClip { clip, .. }
        | Self::PublishClip { clip, .. }
        | Self::FailClip { clip, .. }
        | Self::EditClip { clip, .. }
        | Self::SetClipVisibility { clip, .. }
        | Self::DeleteClip { clip }) = self;
        stream(*clip)
    }

    fn opens(&self) -> bool {
        matches!(self, Self::StageClip { .. })
    }
}

/// The stream of a clip.
pub fn stream(clip: ClipId) -> StreamId {
    StreamId::trusted(format!("clip-{clip}"))
}

crate::events! {
    /// What may have happened to a clip.
    pub enum Event {
        /// It was announced; its video is being transcoded.
        ClipStaged(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Its title, in NFC and trimmed.
            title: String,
            /// What it is about; may be empty.
            description: String,
        },
        /// Its video can be played.
        ClipPublished(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Where the video lies in the media store.
            media_key: String,
            /// How long it is, in seconds.
            duration_s: u32,
            /// The forms that it can be played in.
            renditions: Vec<String>,
        },
        /// Its video could not be transcoded.
        ClipFailed(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Why.
            reason: String,
        },
        /// Its title or description was changed.
        ClipEdited(1) {
            /// The clip.
            clip: ClipId,
            /// Its title from now on.
            title: String,
            /// Its description from now on.
            description: String,
        },
        /// Who may see it was changed.
        ClipVisibilityChanged(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Who may see it from now on.
            visibility: Visibility,
        },
        /// It was deleted.
        ClipDeleted(1) {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
            /// Who deleted it.
            by: UserId,
            /// Whether it had been published before.
            published: bool,
        },
    }
}

crate::rejections! {
    /// Why a clip says no.
    pub enum Rejection {
        /// The id is taken.
        AlreadyExists(Rejected, "already_exists") {
            /// The clip.
            clip: ClipId,
        } = "there is a clip {clip} already; leave `clip` out to get a new id",
        /// There never was such a clip.
        NotFound(NotFound, "clip_not_found") {
            /// The clip.
            clip: ClipId,
        } = "there is no clip {clip}; check the id",
        /// It was deleted.
        Deleted(Gone, "clip_deleted") {
            /// The clip.
            clip: ClipId,
        } = "clip {clip} was deleted, for good",
        /// Only the author may do this.
        NotAuthor(Forbidden, "not_author") {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
        } = "only its author, {author}, may change clip {clip}",
        /// Only the author or a moderator may do this.
        NotAuthorOrModerator(Forbidden, "not_author_or_moderator") {
            /// The clip.
            clip: ClipId,
            /// Who made it.
            author: UserId,
        } = "only its author, {author}, or a moderator may publish, fail or delete clip {clip}",
        /// It was published before, with another video or as no failure.
        AlreadyPublished(Rejected, "already_published") {
            /// The clip.
            clip: ClipId,
            /// The video that it has.
            media_key: String,
        } = "clip {clip} is published already, with the video {media_key}; stage a new clip for another",
        /// Its transcoding failed before.
        AlreadyFailed(Rejected, "already_failed") {
            /// The clip.
            clip: ClipId,
        } = "the video of clip {clip} could not be transcoded; stage a new clip",
        /// The video is empty or too long.
        Duration(Invalid, "duration_out_of_range") {
            /// How long it lasts, in seconds.
            found: u32,
            /// The longest allowed.
            max: u32,
        } = "the clip lasts {found} s; it must last 1 to {max} s",
        /// There are too many renditions.
        TooManyRenditions(Invalid, "too_many_renditions") {
            /// How many there are.
            found: usize,
            /// The most allowed.
            max: usize,
        } = "the clip has {found} renditions; name {max} or fewer",
    }
    also {
        /// A text is no good.
        Text(TextError),
    }
}

/// The state of a clip; the default is one that was never there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Clip {
    /// Who made it; none where it was never there.
    pub author: Option<UserId>,
    /// Its title; empty once deleted.
    pub title: String,
    /// What it is about; empty once deleted.
    pub description: String,
    /// Who may see it once it is published.
    pub visibility: Visibility,
    /// What became of its video.
    pub video: VideoState,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Clip {
    /// The author, where the clip lives.
    fn living(&self, clip: ClipId) -> Result<UserId, Rejection> {
        match self.author {
            None => Err(Rejection::NotFound { clip }),
            Some(_) if self.deleted => Err(Rejection::Deleted { clip }),
            Some(author) => Ok(author),
        }
    }

    /// As `living`, where the actor is the author.
    fn own(&self, clip: ClipId, actor: Actor) -> Result<UserId, Rejection> {
        let author = self.living(clip)?;
        if actor.id == author { Ok(author) } else { Err(Rejection::NotAuthor { clip, author }) }
    }

    /// As `living`, where the actor is the author or a moderator.
    fn own_or_moderated(&self, clip: ClipId, actor: Actor) -> Result<UserId, Rejection> {
        let author = self.living(clip)?;
        if actor.id == author || actor.moderator {
            Ok(author)
        } else {
            Err(Rejection::NotAuthorOrModerator { clip, author })
        }
    }
}

impl Aggregate for Clip {
    const NAME: &'static str = "clip";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = ();
    type Limits = Limits;

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::ClipStaged { author, title, description, .. } => {
                self.author = Some(*author);
                self.title.clone_from(title);
                self.description.clone_from(description);
            }
            Event::ClipPublished { media_key, duration_s, renditions, .. } => {
                self.video = VideoState::Published(Video {
                    media_key: media_key.clone(),
                    duration_s: *duration_s,
                    renditions: renditions.clone(),
                });
            }
            Event::ClipFailed { .. } => self.video = VideoState::Failed,
            Event::ClipEdited { title, description, .. } => {
                self.title.clone_from(title);
                self.description.clone_from(description);
            }
            Event::ClipVisibilityChanged { visibility, .. } => self.visibility = *visibility,
            Event::ClipDeleted { .. } => {
                self.deleted = true;
                self.title = String::new();
                self.description = String::new();
            }
        }
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        let (actor, limits) = (context.actor, context.limits);
        let clean_title = |title| text::clean("title", title, limits.clip_title);
        let clean_description = |text| text::clean_or_blank("description", text, limits.clip_description);
        match *command {
            Command::StageClip { clip, ref title, ref description } => {
                if self.author.is_some() {
                    return Err(Rejection::AlreadyExists { clip });
                }
                let (title, description) = (clean_title(title)?, clean_description(description)?);
                Ok(vec![Event::ClipStaged { clip, author: actor.id, title, description }])
            }
            Command::PublishClip { clip, ref media_key, duration_s, ref renditions } => {
                let author = self.own_or_moderated(clip, actor)?;
                let video = Video::checked(media_key, duration_s, renditions, limits)?;
                match &self.video {
                    VideoState::Staged => {
                        let Video { media_key, duration_s, renditions } = video;
                        Ok(vec![Event::ClipPublished { clip, author, media_key, duration_s, renditions }])
                    }
                    VideoState::Published(published) if *published == video => Ok(vec![]),
                    other => Err(other.settled(clip)),
                }
            }
            Command::FailClip { clip, ref reason } => {
                let author = self.own_or_moderated(clip, actor)?;
                let reason = text::clean("reason", reason, limits.clip_fail_reason)?;
                match &self.video {
                    VideoState::Staged => Ok(vec![Event::ClipFailed { clip, author, reason }]),
                    VideoState::Failed => Ok(vec![]),
                    other @ VideoState::Published(_) => Err(other.settled(clip)),
                }
            }
            Command::EditClip { clip, ref title, ref description } => {
                self.own(clip, actor)?;
                let (title, description) = (clean_title(title)?, clean_description(description)?);
                if title == self.title && description == self.description {
                    return Ok(vec![]);
                }
                Ok(vec![Event::ClipEdited { clip, title, description }])
            }
            Command::SetClipVisibility { clip, visibility } => {
                let author = self.own(clip, actor)?;
                if visibility == self.visibility {
                    return Ok(vec![]);
                }
                Ok(vec![Event::ClipVisibilityChanged { clip, author, visibility }])
            }
            Command::DeleteClip { clip } => {
                let author = self.own_or_moderated(clip, actor)?;
                let published = matches!(self.video, VideoState::Published(_));
                Ok(vec![Event::ClipDeleted { clip, author, by: actor.id, published }])
            }
        }
    }
}
