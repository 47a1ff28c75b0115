//! A viewer's views and shares of one clip.

use serde::Serialize;

use crate::subject::TargetError;
use crate::{Aggregate, ClipId, Context, Limits, StreamId, Subject, Target, Timestamp, UserId, clip};

crate::commands! {
    /// What may be asked of a viewer's views of a clip.
    pub enum Command {
        /// Tells that the clip was watched.
        RecordView {
            /// Who watched it.
            viewer: UserId = actor,
            /// The clip.
            clip: ClipId,
            /// When watching began.
            started_at: Timestamp,
            /// When watching ended.
            ended_at: Timestamp,
        },
        /// Tells that the clip was shared with others.
        ShareClip {
            /// Who shared it.
            user: UserId = actor,
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
        let (Self::RecordView { viewer: user, clip, .. } | Self::ShareClip { user, clip }) = self;
        stream(*user, *clip)
    }
}

/// The stream of a viewer's views of a clip.
pub fn stream(viewer: UserId, clip: ClipId) -> StreamId {
    StreamId::trusted(format!("view-{viewer}-{clip}"))
}

crate::events! {
    /// What may have happened between a viewer and a clip.
    pub enum Event {
        /// The viewer watched it.
        ClipViewed(1) {
            /// The viewer.
            viewer: UserId,
            /// The clip.
            clip: ClipId,
            /// Whether it is this viewer's first view of the clip.
            first: bool,
            /// When watching began.
            started_at: Timestamp,
            /// When watching ended.
            ended_at: Timestamp,
        },
        /// The user shared it with others.
        ClipShared(1) {
            /// The user.
            user: UserId,
            /// The clip.
            clip: ClipId,
        },
    }
}

crate::rejections! {
    /// Why a view or a share says no.
    pub enum Rejection {
        /// It ended before it began.
        EndsBeforeStart(Invalid, "view_ends_before_start") {
            /// When watching began.
            started_at: Timestamp,
            /// When watching ended.
            ended_at: Timestamp,
        } = "the view ends at {ended_at}, which is not after its start at {started_at}",
        /// It was too short to count.
        TooShort(Invalid, "view_too_short") {
            /// How long it lasted, in milliseconds.
            millis: i64,
            /// The least that counts, in milliseconds.
            min: i64,
        } = "the view lasted {millis} ms; one counts from {min} ms on",
    }
    also {
        /// The clip cannot be seen.
        Target(TargetError),
    }
}

/// The state of a viewer's views of a clip; the default is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct View {
    /// Whether the viewer has watched the clip.
    pub viewed: bool,
}

impl Aggregate for View {
    const NAME: &'static str = "view";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = Subject;
    type Limits = Limits;

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::ClipViewed { .. } => self.viewed = true,
            Event::ClipShared { .. } => {}
        }
    }

    fn needs(&self, command: &Command) -> Vec<StreamId> {
        let (Command::RecordView { clip, .. } | Command::ShareClip { clip, .. }) = command;
        vec![clip::stream(*clip)]
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        let visible = |clip: ClipId| context.fact(&clip::stream(clip)).check(Target::Clip(clip));
        match *command {
            Command::RecordView { viewer, clip, started_at, ended_at } => {
                let (millis, min) = (ended_at.millis() - started_at.millis(), context.limits.view_millis);
                if millis <= 0 {
                    return Err(Rejection::EndsBeforeStart { started_at, ended_at });
                }
                if millis < min {
                    return Err(Rejection::TooShort { millis, min });
                }
                visible(clip)?;
                Ok(vec![Event::ClipViewed { viewer, clip, first: !self.viewed, started_at, ended_at }])
            }
            Command::ShareClip { user, clip } => {
                visible(clip)?;
                Ok(vec![Event::ClipShared { user, clip }])
            }
        }
    }
}
