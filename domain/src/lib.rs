//! The pure domain of Tidings: aggregates that decide and evolve, and nothing that touches the world.
//!
//! No I/O, clock, randomness or async: time, ids and facts about other aggregates come in as values.
//!
//! What it is made of:
//!
//! - [`Aggregate`], with [`Command`], [`Event`] and [`Rejection`]: what any aggregate is, of this crate or yours;
//!   [`commands!`], [`events!`] and [`rejections!`] declare the enums with their JSON forms, codes and messages.
//! - [`post`], [`comment`], [`like`], [`clip`], [`view`], [`follow`]: the aggregates of the social platform, one a
//!   file, always in the order Command, Event, Rejection, State, evolve, decide. Their numbers are in [`Limits`],
//!   what they know of each other is a [`Subject`].
//! - [`process`]: reactions to events by commands, as pure as the rest.
//! - [`SocialCommand`]: all their commands as they come over the wire; [`catalogue`] tells people about them.
//! - [`Recorded`], [`Position`], [`StreamId`], [`Encoded`]: an event as it stands in the log.
//! - [`testing`]: a given / when / then kit.
//!
//! A command, decided and stored, without any host:
//!
//! ```
//! use tidings_domain::testing::sample;
//! use tidings_domain::post::{Command, Post};
//! use tidings_domain::{Actor, Aggregate, Context, Event, Facts, Limits};
//!
//! let (limits, facts) = (Limits::default(), Facts::new());
//! let context = Context { actor: Actor::user(sample::user(1)), now: sample::time(0), limits: &limits, facts: &facts };
//!
//! let mut post = Post::default();
//! let command = Command::CreatePost { post: sample::post(1), text: " hello ".into() };
//! for event in post.decide(&command, &context)? {
//!     assert_eq!(event.encode().name, "PostCreated");
//!     post.evolve(&event);
//! }
//! assert_eq!(post.text, "hello");
//! # Ok::<(), tidings_domain::post::Rejection>(())
//! ```

mod aggregate;
pub mod catalogue;
pub mod clip;
pub mod comment;
mod event;
pub mod follow;
mod id;
pub mod like;
mod limits;
mod origin;
pub mod post;
pub mod process;
mod recorded;
mod rejection;
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
pub use origin::Origin;
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
