//! Names that only one may have.

use tidings_domain::Timestamp;
use uuid::Uuid;

/// A name that somebody has, or is about to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The name, compared byte by byte: who wants `Ann` and `ann` to be one folds them before.
    pub name: String,
    /// Who has it.
    pub holder: Uuid,
    /// Until when, unless it is confirmed before; none where it was confirmed.
    pub until: Option<Timestamp>,
}

/// What became of a wish for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The holder has it until then, or for good.
    Held(Reservation),
    /// Somebody else has it.
    Taken(Reservation),
}
