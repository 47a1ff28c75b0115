//! The pure domain of Tidings: aggregates that decide and evolve, and nothing that touches the world.
//!
//! No I/O, clock, randomness or async: time, ids and facts about other aggregates come in as values.
//!
//! Start at [`Aggregate`].

mod aggregate;
pub mod catalogue;
pub mod clip;
pub mod comment;
mod event;
pub mod follow;
mod id;
pub mod like;
mod limits;
pub mod post;
mod recorded;
mod social;
mod stream;
mod subject;
mod target;
pub mod testing;
pub mod text;
mod time;
pub mod view;
mod wire;

pub use aggregate::{Actor, Aggregate, Class, Command, Context, Fact, Facts, Rejection};
pub use clip::Visibility;
pub use event::{DecodeError, Encoded, Event, Upcast};
pub use id::{ClipId, CommentId, PostId, UserId};
pub use limits::Limits;
pub use recorded::{Position, PositionError, Recorded};
pub use social::SocialCommand;
pub use stream::{StreamId, StreamIdError};
pub use subject::{Subject, TargetError};
pub use target::{Target, TargetParseError};
pub use time::{Timestamp, TimestampError};
pub use wire::{CommandError, Problem, Shape, Source, WireCommand};

#[doc(hidden)]
pub mod private {
    //! What the macros [`events!`](crate::events) and [`commands!`](crate::commands) need where they are used.
    pub use crate::wire::{Object, parse_data};
    pub use {serde, serde_json, uuid};
}
