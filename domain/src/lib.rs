//! The pure domain of Tidings: aggregates that decide and evolve, and nothing that touches the world.
//!
//! No I/O, clock, randomness or async: time, ids and facts about other aggregates come in as values.
//!
//! Start at [`Aggregate`].

mod aggregate;
mod event;
mod id;
mod recorded;
mod stream;
mod time;

pub use aggregate::{Actor, Aggregate, Class, Command, Context, Fact, Facts, Rejection};
pub use event::{DecodeError, Encoded, Event, Upcast};
pub use id::{ClipId, CommentId, PostId, UserId};
pub use recorded::{Position, PositionError, Recorded};
pub use stream::{StreamId, StreamIdError};
pub use time::{Timestamp, TimestampError};

#[doc(hidden)]
pub mod private {
    //! What the [`events!`](crate::events) macro needs where it is used.
    pub use {serde, serde_json};
}
