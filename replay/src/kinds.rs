//! The kinds of aggregates that this program knows, by the first part of their stream ids.

use tidings_domain::{Aggregate, DecodeError, Encoded, Event, clip, comment, follow, like, post, view};

/// Does the same with the aggregate of whichever kind it is; the last arm is for kinds that are not of this domain.
macro_rules! of_kind {
    ($kind:expr, $aggregate:ident => $do:expr, $unknown:ident => $otherwise:expr) => {
        $crate::kinds::of_kind!(@ $kind, $aggregate, $do, $unknown, $otherwise;
            tidings_domain::post::Post,
            tidings_domain::comment::Comment,
            tidings_domain::like::Like,
            tidings_domain::clip::Clip,
            tidings_domain::view::View,
            tidings_domain::follow::Follow)
    };
    (@ $kind:expr, $aggregate:ident, $do:expr, $unknown:ident, $otherwise:expr; $( $known:ty ),+) => {
        match $kind {
            $( kind if kind == <$known as tidings_domain::Aggregate>::NAME => {
                type $aggregate = $known;
                $do
            } )+
            $unknown => $otherwise,
        }
    };
}
pub(crate) use of_kind;

/// The kinds, as a person reads them.
pub(crate) const KNOWN: &str = "post, comment, like, clip, view and follow";

/// Whether an event of a stream of this kind can be read by this program; `None` where the kind is not of this
/// domain.
pub(crate) fn parses(kind: &str, event: &Encoded) -> Option<Result<(), DecodeError>> {
    of_kind!(kind, A => Some(<A as Aggregate>::Event::decode(event).map(drop)), _other => None)
}

/// Whether an event of this domain has this name.
pub fn knows_event(name: &str) -> bool {
    let has = |shapes: &[(&str, u16)]| shapes.iter().any(|(known, _)| *known == name);
    has(post::Event::SHAPES)
        || has(comment::Event::SHAPES)
        || has(like::Event::SHAPES)
        || has(clip::Event::SHAPES)
        || has(view::Event::SHAPES)
        || has(follow::Event::SHAPES)
}
