//! An aggregate of the simulation's own: hot, with several events a commit, and a rule about another stream.

use tidings_domain::{
    Aggregate, Class, Context, DecodeError, Encoded, Event as _, Fact, Limits, StreamId, events,
};

/// What may be asked of a counter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// Adds some amounts, an event each, unless it gets too full or the gate counter is too full.
    Add { counter: u8, gate: Option<u8>, amounts: Vec<u8> },
    /// Back to nothing.
    Empty { counter: u8 },
}

impl tidings_domain::Command for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "Add",
            Self::Empty { .. } => "Empty",
        }
    }

    fn stream(&self) -> StreamId {
        let (Self::Add { counter, .. } | Self::Empty { counter }) = self;
        stream(*counter)
    }

    fn opens(&self) -> bool {
        matches!(self, Self::Add { counter, .. } if counter % 2 == 0)
    }
}

/// The stream of a counter.
pub(crate) fn stream(counter: u8) -> StreamId {
    // A kind and a number make a stream id; one that did not would be refused by every store.
    StreamId::of("counter", counter).unwrap_or_else(|never| unreachable!("{never}"))
}

events! {
    /// What may have happened to a counter.
    pub(crate) enum Event {
        /// It has grown.
        Added(1) { counter: u8, amount: u8 },
        /// It was put back to nothing.
        Emptied(1) { counter: u8 },
    }
}

/// Why a counter says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("{total} and {more} more is too much")]
    Full { total: u32, more: u32 },
    #[error("the gate stands at {total}")]
    Shut { total: u32 },
}

impl tidings_domain::Rejection for Rejection {
    fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "full",
            Self::Shut { .. } => "shut",
        }
    }

    fn class(&self) -> Class {
        Class::Rejected
    }
}

/// The most that a counter holds.
const MOST: u32 = 30;
/// The most that a gate holds and still lets pass.
const OPEN: u32 = 12;

/// The state of a counter, and what others know of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counter {
    pub(crate) total: u32,
}

impl Aggregate for Counter {
    const NAME: &'static str = "counter";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = Counter;
    type Limits = Limits;

    fn evolve(&mut self, event: &Event) {
        self.total = match event {
            Event::Added { amount, .. } => self.total + u32::from(*amount),
            Event::Emptied { .. } => 0,
        }
    }

    fn needs(&self, command: &Command) -> Vec<StreamId> {
        match command {
            Command::Add { gate: Some(gate), .. } => vec![stream(*gate)],
            Command::Add { gate: None, .. } | Command::Empty { .. } => vec![],
        }
    }

    fn decide(&self, command: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Add { counter, gate, amounts } => {
                let total = gate.map_or(0, |gate| context.fact(&stream(gate)).total);
                if total > OPEN {
                    return Err(Rejection::Shut { total });
                }
                let more = amounts.iter().copied().map(u32::from).sum();
                if self.total + more > MOST {
                    return Err(Rejection::Full { total: self.total, more });
                }
                let added = |amount: &u8| Event::Added { counter: *counter, amount: *amount };
                Ok(amounts.iter().map(added).collect())
            }
            Command::Empty { .. } if self.total == 0 => Ok(vec![]),
            Command::Empty { counter } => Ok(vec![Event::Emptied { counter: *counter }]),
        }
    }
}

impl Fact for Counter {
    fn learn(&mut self, event: &Encoded) -> Result<(), DecodeError> {
        self.evolve(&Event::decode(event)?);
        Ok(())
    }
}
