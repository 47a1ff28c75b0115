//! Commands as JSON: a name and an object of fields.

mod error;
mod macros;
mod object;
mod parse;

use uuid::Uuid;

use crate::{Command, UserId};

pub(crate) use error::nearest;
pub use error::{CommandError, Problem};
#[doc(hidden)]
pub use object::Object;
#[doc(hidden)]
pub use parse::parse_data;

/// A command that can be read from JSON and written to it. Best implemented by [`commands!`](crate::commands).
pub trait WireCommand: Command + Sized {
    /// Every command of the enum with its fields, in the order of declaration.
    const SHAPES: &'static [Shape];

    /// Reads a command's fields from `data`, a JSON object; `None` where the enum has no command of this name.
    ///
    /// `actor` gives the fields that name who acts, which are never read from the data; `default_id` is the
    /// new aggregate's id where the data leave it out.
    ///
    /// # Errors
    /// [`CommandError::Invalid`], which names the field.
    fn parse(name: &str, data: &str, actor: UserId, default_id: Uuid) -> Option<Result<Self, CommandError>>;

    /// The fields as a JSON object; what comes from the actor is left out.
    fn to_json(&self) -> String;
}

/// The wire form of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its name.
    pub name: &'static str,
    /// Its fields, also those that come from the actor.
    pub fields: &'static [(&'static str, Source)],
}

/// Where a field's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The data, always.
    Data,
    /// The data; the type's default where it is left out.
    DataOrDefault,
    /// The data; the command's own id where it is left out.
    DataOrId,
    /// The actor, never the data.
    Actor,
}
