//! An event of the social domain, decoded once for all tables.

use tidings_domain::{DecodeError, Event, Recorded, Timestamp, clip, comment, follow, like, post, view};

/// An event of any social aggregate.
pub(super) enum Social {
    Post(post::Event),
    Comment(comment::Event),
    Like(like::Event),
    Clip(clip::Event),
    View(view::Event),
    Follow(follow::Event),
}

impl Social {
    /// Old versions are lifted; `None` for streams of other kinds, which are not ours.
    pub(super) fn decode(recorded: &Recorded) -> Result<Option<Self>, DecodeError> {
        let event = &recorded.event;
        Ok(Some(match recorded.stream.kind() {
            "post" => Self::Post(post::Event::decode(event)?),
            "comment" => Self::Comment(comment::Event::decode(event)?),
            "like" => Self::Like(like::Event::decode(event)?),
            "clip" => Self::Clip(clip::Event::decode(event)?),
            "view" => Self::View(view::Event::decode(event)?),
            "follow" => Self::Follow(follow::Event::decode(event)?),
            _ => return Ok(None),
        }))
    }
}

/// When an event happened, as the client says, and when it was recorded.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) happened: Timestamp,
    pub(super) recorded: Timestamp,
}

impl At {
    pub(super) fn of(recorded: &Recorded) -> Self {
        Self { happened: recorded.happened_at(), recorded: recorded.recorded_at }
    }
}
