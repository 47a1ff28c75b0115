//! Whether a decision is right for some state and some facts that the log held at the time.

use std::ops::RangeInclusive;

use tidings_domain::{Actor, Aggregate, Command, Context, Event, Fact, Facts, Limits, StreamId, Timestamp};

use crate::truth::{Moment, Truth};

/// From which log a decision may have been made.
pub(super) struct Span {
    /// How many commits its own stream had.
    pub(super) states: RangeInclusive<usize>,
    /// From when to when the facts may be.
    pub(super) facts: (Moment, Moment),
}

/// The first of these states, by its number of commits, for which `decide` gives what fits with one of these facts. `fits`
/// gets the stream's version too.
pub(super) fn possible<A: Aggregate<Limits = Limits>>(
    truth: &Truth,
    command: &A::Command,
    actor: Actor,
    span: &Span,
    mut fits: impl FnMut(u64, &Result<Vec<A::Event>, A::Rejection>) -> bool,
) -> Option<usize> {
    let (mut state, mut version) = (A::default(), 0);
    let commits: Vec<_> = truth.stream(&command.stream()).collect();
    for length in 0..=*span.states.end() {
        if span.states.contains(&length) {
            let needs = state.needs(command);
            let mut decide = |facts: &Facts<A::Fact>| {
                let limits = Limits::default();
                let context = Context { actor, now: Timestamp::default(), limits: &limits, facts };
                fits(version, &state.decide(command, &context))
            };
            if any_facts(truth, &needs, span.facts, &mut Facts::new(), &mut decide) {
                return Some(length);
            }
        }
        if let Some(commit) = commits.get(length) {
            for stored in &commit.events {
                // What cannot be decoded was never decided: it shows as a decision that does not fit.
                if let Ok(event) = A::Event::decode(stored) {
                    state.evolve(&event);
                }
            }
            version = commit.last_version();
        }
    }
    None
}

/// Tries every combination of what was to be known of some streams.
fn any_facts<F: Fact>(
    truth: &Truth,
    needs: &[StreamId],
    (from, to): (Moment, Moment),
    facts: &mut Facts<F>,
    decide: &mut impl FnMut(&Facts<F>) -> bool,
) -> bool {
    let Some((stream, others)) = needs.split_first() else { return decide(facts) };
    let lengths = truth.lengths(stream, from, to);
    let mut fact = F::default();
    let commits: Vec<_> = truth.stream(stream).take(*lengths.end()).collect();
    for length in 0..=*lengths.end() {
        if lengths.contains(&length) {
            facts.insert(stream.clone(), fact.clone());
            if any_facts(truth, others, (from, to), facts, decide) {
                return true;
            }
        }
        for stored in commits.get(length).map_or(&[][..], |commit| &commit.events) {
            // As above.
            let _ = fact.learn(stored);
        }
    }
    false
}
