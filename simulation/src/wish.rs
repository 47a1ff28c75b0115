//! A command to any of the aggregates of a run.

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;
use tidings_domain::{Actor, Command, SocialCommand, StreamId};
use uuid::Uuid;

use crate::counter;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wish {
    Social(SocialCommand),
    Counter(counter::Command),
}

/// Does the same with the command and the aggregate, whichever it is.
macro_rules! with_aggregate {
    ($wish:expr, $command:ident, $Aggregate:ident => $do:expr) => {
        $crate::wish::with_aggregate!(@each $wish, $command, $Aggregate, $do;
            Post: tidings_domain::post::Post, Comment: tidings_domain::comment::Comment,
            Like: tidings_domain::like::Like, Clip: tidings_domain::clip::Clip,
            View: tidings_domain::view::View, Follow: tidings_domain::follow::Follow)
    };
    (@each $wish:expr, $command:ident, $Aggregate:ident, $do:expr; $( $kind:ident: $ty:ty ),+) => {
        match $wish {
            $( $crate::wish::Wish::Social(tidings_domain::SocialCommand::$kind($command)) => {
                type $Aggregate = $ty;
                $do
            } )+
            $crate::wish::Wish::Counter($command) => {
                type $Aggregate = $crate::counter::Counter;
                $do
            }
        }
    };
}
pub(crate) use with_aggregate;

impl Wish {
    pub(crate) fn stream(&self) -> StreamId {
        match self {
            Self::Social(command) => command.stream(),
            Self::Counter(command) => command.stream(),
        }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Social(command) => write!(f, "{} {}", command.name(), command.to_json()),
            Self::Counter(command) => write!(f, "{command:?}"),
        }
    }
}

/// A wish with who wishes it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) wish: Wish,
    pub(crate) actor: Actor,
}

impl Given {
    /// The line with which a client gives it; none of what no host knows but ours.
    pub(crate) fn line(&self, id: Uuid, waits: bool) -> Option<String> {
        let Wish::Social(command) = &self.wish else { return None };
        let data = RawValue::from_string(command.to_json()).ok();
        let wait = (!waits).then_some(false);
        let line = Line { id, command: command.name(), actor: self.actor.id.0, data, wait };
        serde_json::to_string(&line).ok()
    }
}

#[derive(Serialize)]
struct Line {
    id: Uuid,
    command: &'static str,
    actor: Uuid,
    data: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<bool>,
}
