//! A given / when / then kit for aggregates and processes, of this crate or your own.
//!
//! What was given goes through its stored form, so a test also proves that it survives being stored; facts
//! reach the decision only where [`Aggregate::needs`](crate::Aggregate::needs) asked for them.
//!
//! ```
//! use tidings_domain::testing::{given, sample};
//! use tidings_domain::post::{Command, Event, Post};
//!
//! let (post, author) = (sample::post(1), sample::user(1));
//! given::<Post>([Event::PostCreated { post, author, text: "hello".into() }])
//!     .by(author)
//!     .when(Command::EditPost { post, text: " hello, world ".into() })
//!     .then([Event::PostEdited { post, text: "hello, world".into() }]);
//!
//! given::<Post>([])
//!     .by(author)
//!     .when(Command::CreatePost { post, text: " ".into() })
//!     .then_rejected("text_blank");
//! ```

mod given;
mod outcome;
mod reacting;
pub mod sample;

pub use given::{Given, given};
pub use outcome::Outcome;
pub use reacting::{Reacting, Sends, on};
