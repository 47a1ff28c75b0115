//! What an aggregate is: a state that evolves by events, and a pure decision that makes new ones.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::{DecodeError, Encoded, Event, StreamId, Timestamp, UserId};

/// One consistency boundary: its whole history is one stream, and one command changes one aggregate.
///
/// `Self` is the state, folded from the stream's events; `Default` is the state before the first event.
///
/// ```
/// use tidings_domain::{Aggregate, Class, Command, Context, Event, Rejection, StreamId, events};
///
/// /// Turns the lamp on.
/// #[derive(Clone, Debug)]
/// struct TurnOn;
/// impl Command for TurnOn {
///     fn name(&self) -> &'static str { "TurnOn" }
///     fn stream(&self) -> StreamId { "lamp-kitchen".parse().unwrap() }
/// }
///
/// events! {
///     /// What happened to a lamp.
///     pub enum LampEvent {
///         /// It was turned on.
///         TurnedOn(1) {},
///     }
/// }
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("the lamp is on already")]
/// struct AlreadyOn;
/// impl Rejection for AlreadyOn {
///     fn code(&self) -> &'static str { "already_on" }
///     fn class(&self) -> Class { Class::Rejected }
/// }
///
/// #[derive(Clone, Debug, Default, PartialEq)]
/// struct Lamp { on: bool }
/// impl Aggregate for Lamp {
///     const NAME: &'static str = "lamp";
///     type Command = TurnOn;
///     type Event = LampEvent;
///     type Rejection = AlreadyOn;
///     type Fact = ();
///     type Limits = ();
///     fn evolve(&mut self, _: &LampEvent) { self.on = true }
///     fn decide(&self, _: &TurnOn, _: &Context<'_, Self>) -> Result<Vec<LampEvent>, AlreadyOn> {
///         if self.on { Err(AlreadyOn) } else { Ok(vec![LampEvent::TurnedOn {}]) }
///     }
/// }
/// ```
pub trait Aggregate: Default + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The kind: the part of the stream id before the first `-`, such as `post`.
    const NAME: &'static str;
    /// What may be asked of it.
    type Command: Command;
    /// What may have happened to it.
    type Event: Event;
    /// Why it may say no.
    type Rejection: Rejection;
    /// What it must know of other streams to decide; `()` where it needs nothing.
    type Fact: Fact;
    /// The configurable limits that its rules use; `()` where there are none.
    type Limits: Default + Clone + Debug + Send + Sync + 'static;

    /// Takes one event into the state. Never refuses: what has happened has happened.
    fn evolve(&mut self, event: &Self::Event);

    /// The streams whose facts [`decide`](Self::decide) wants for this command, in this state.
    fn needs(&self, command: &Self::Command) -> Vec<StreamId> {
        let _ = command;
        Vec::new()
    }

    /// Holds all the rules: the events that the command makes (none: it changes nothing), or why not.
    ///
    /// # Errors
    /// The aggregate's own rejection, a business "no".
    fn decide(
        &self,
        command: &Self::Command,
        context: &Context<'_, Self>,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;
}

/// A wish that one aggregate change.
pub trait Command: Clone + Debug + Send + Sync + 'static {
    /// The name on the wire, such as `CreatePost`.
    fn name(&self) -> &'static str;
    /// The one stream that it reads and appends to.
    fn stream(&self) -> StreamId;
    /// Whether the stream is most likely still empty. Only a hint that saves a read: where it is wrong, the
    /// append conflicts and the history is read.
    fn opens(&self) -> bool {
        false
    }
}

/// A business "no", with a code that never changes meaning.
pub trait Rejection: std::error::Error + Send + Sync + 'static {
    /// Stable, in snake_case, such as `text_too_long`.
    fn code(&self) -> &'static str;
    /// Which family it belongs to; decides the code of the reply.
    fn class(&self) -> Class;
}

/// The families of rejections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The command itself is no good, whatever the state (a text too long).
    Invalid,
    /// The command is well formed, but a rule of this state forbids it.
    Rejected,
    /// What it speaks of was never there.
    NotFound,
    /// What it speaks of was there and was deleted.
    Gone,
    /// The actor may not do this.
    Forbidden,
}

/// What one aggregate may know of another: a fold over the other's stored events, whatever kind it is.
pub trait Fact: Default + Clone + Debug + Send + Sync + 'static {
    /// Takes one stored event of the other stream in.
    ///
    /// # Errors
    /// When the event is of a kind that it should know, but cannot be decoded.
    fn learn(&mut self, event: &Encoded) -> Result<(), DecodeError>;
}

impl Fact for () {
    fn learn(&mut self, _: &Encoded) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// Facts by stream.
pub type Facts<F> = BTreeMap<StreamId, F>;

/// Who gives a command. Roles come from the host, never from the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub id: UserId,
    /// Whether the host lets this user moderate.
    pub moderator: bool,
}

impl Actor {
    /// A user without a role.
    pub fn user(id: UserId) -> Self {
        Self { id, moderator: false }
    }

    /// A moderator.
    pub fn moderator(id: UserId) -> Self {
        Self { id, moderator: true }
    }
}

impl From<UserId> for Actor {
    fn from(id: UserId) -> Self {
        Self::user(id)
    }
}

/// All that a decision may know beside the state: who, when, how much, and what of others.
pub struct Context<'a, A: Aggregate> {
    /// Who gives the command.
    pub actor: Actor,
    /// The host's time.
    pub now: Timestamp,
    /// The limits in force.
    pub limits: &'a A::Limits,
    /// What was loaded of the streams that [`Aggregate::needs`] named.
    pub facts: &'a Facts<A::Fact>,
}

impl<A: Aggregate> Context<'_, A> {
    /// What is known of a stream; the default, "nothing there", where nothing was loaded.
    pub fn fact(&self, stream: &StreamId) -> A::Fact {
        self.facts.get(stream).cloned().unwrap_or_default()
    }
}
