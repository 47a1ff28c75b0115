//! What a decision starts from.

use std::collections::BTreeMap;

use super::outcome::Outcome;
use super::sample;
use crate::{Actor, Aggregate, Context, Event, Facts, StreamId, Timestamp};

/// The history, actor, time, limits and facts that a command meets.
#[derive(Clone, Debug)]
pub struct Given<A: Aggregate> {
    state: A,
    history: Vec<A::Event>,
    actor: Actor,
    now: Timestamp,
    limits: A::Limits,
    facts: Facts<A::Fact>,
}

/// Starts from this history, sample user 1 as the actor, the sample time 0, default limits and no facts.
///
/// # Panics
/// When an event does not survive being stored.
#[track_caller]
pub fn given<A: Aggregate>(history: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let history: Vec<A::Event> = history.into_iter().collect();
    let mut state = A::default();
    for event in &history {
        state.evolve(&stored(event));
    }
    Given {
        state,
        history,
        actor: Actor::user(sample::user(1)),
        now: sample::time(0),
        limits: A::Limits::default(),
        facts: BTreeMap::new(),
    }
}

/// The event as it comes back from the log.
#[track_caller]
pub(super) fn stored<E: Event>(event: &E) -> E {
    let encoded = event.encode();
    match E::decode(&encoded) {
        Ok(decoded) if decoded == *event => decoded,
        Ok(decoded) => panic!("stored, this event comes back changed:\n  {event:?}\n  {decoded:?}"),
        Err(error) => panic!("stored, this event cannot be read again: {error}\n  {event:?}\n  {encoded:?}"),
    }
}

impl<A: Aggregate> Given<A> {
    /// The command is given by this user, or this [`Actor`].
    #[must_use]
    pub fn by(mut self, actor: impl Into<Actor>) -> Self {
        self.actor = actor.into();
        self
    }

    /// The command is given at this time.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// The command is given under these limits.
    #[must_use]
    pub fn limited(mut self, limits: A::Limits) -> Self {
        self.limits = limits;
        self
    }

    /// This is known of another stream.
    #[must_use]
    pub fn knowing(mut self, stream: impl Into<StreamId>, fact: A::Fact) -> Self {
        self.facts.insert(stream.into(), fact);
        self
    }

    /// The state that the history makes.
    pub fn state(&self) -> &A {
        &self.state
    }

    /// Lets the aggregate decide; of the facts it gets those that it asks for.
    ///
    /// # Panics
    /// When an event that it decides on does not survive being stored.
    #[track_caller]
    pub fn when(self, command: A::Command) -> Outcome<A> {
        let needs = self.state.needs(&command);
        let facts = self.facts.into_iter().filter(|(stream, _)| needs.contains(stream)).collect();
        let context = Context { actor: self.actor, now: self.now, limits: &self.limits, facts: &facts };
        let decision = self.state.decide(&command, &context);
        let mut after = self.state;
        for event in decision.iter().flatten() {
            after.evolve(&stored(event));
        }
        Outcome { history: self.history, command, decision, after }
    }
}
