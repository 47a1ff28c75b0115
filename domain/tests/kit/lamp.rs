//! An aggregate of somebody else's, which may forget to ask for the fact that it decides by.

use tidings_domain::{Aggregate, Context, StreamId, Subject, commands, events, rejections};

commands! {
    /// What may be asked of the lamp.
    pub(crate) enum Command {
        /// Turns it on.
        TurnOn {
            /// Whether it asks for what it must know.
            asks: bool,
        },
    }
}

impl tidings_domain::Command for Command {
    fn name(&self) -> &'static str {
        self.variant()
    }

    fn stream(&self) -> StreamId {
        "lamp-1".parse().unwrap()
    }
}

events! {
    /// What may have happened to the lamp.
    pub(crate) enum Event {
        /// It was turned on.
        TurnedOn(1) {},
    }
}

rejections! {
    /// Why the lamp says no.
    pub(crate) enum Rejection {
        /// It has no shade.
        NoShade(Rejected, "no_shade") {} = "the lamp has no shade; give it one",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lamp;

impl Aggregate for Lamp {
    const NAME: &'static str = "lamp";
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    type Fact = Subject;
    type Limits = ();

    fn evolve(&mut self, _: &Event) {}

    fn needs(&self, command: &Command) -> Vec<StreamId> {
        let Command::TurnOn { asks } = command;
        if *asks { vec![shade()] } else { vec![] }
    }

    fn decide(&self, _: &Command, context: &Context<'_, Self>) -> Result<Vec<Event>, Rejection> {
        match context.fact(&shade()).author {
            Some(_) => Ok(vec![Event::TurnedOn {}]),
            None => Err(Rejection::NoShade {}),
        }
    }
}

fn shade() -> StreamId {
    "post-of-the-shade".parse().unwrap()
}
