//! Any sequence of commands, against a model so simple that it is plainly right.

mod clip;
mod comment;
mod follow;
mod like;
mod post;
mod text;
mod view;

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tidings_domain::testing::sample::{time, user};
use tidings_domain::{
    Actor, Aggregate, Command, Context, Encoded, Event, Facts, Rejection, Subject, UserId, Visibility,
};

/// The names of the events expected, or the code of the rejection.
type Verdict = Result<Vec<&'static str>, &'static str>;

/// What an aggregate should do, told another way.
trait Model<A: Aggregate>: Default + Debug {
    /// What should come of a command; takes it in.
    fn expect(&mut self, step: &Step<A>) -> Verdict;
    /// Whether the state says the same as the model.
    fn agrees(&self, state: &A) -> bool;
}

/// A command, who gives it, and what is known of others at that time.
#[derive(Clone, Debug)]
struct Step<A: Aggregate> {
    actor: Actor,
    command: A::Command,
    facts: Facts<A::Fact>,
}

/// Runs the steps on the aggregate and on the model; the history is stored and read again at each.
fn run<A: Aggregate, M: Model<A>>(steps: &[Step<A>]) -> Result<(), TestCaseError> {
    let (mut state, mut model, mut log) = (A::default(), M::default(), Vec::<Encoded>::new());
    let limits = A::Limits::default();
    for step in steps {
        let needs = state.needs(&step.command);
        let mut facts = step.facts.clone();
        facts.retain(|stream, _| needs.contains(stream));
        let context = Context { actor: step.actor, now: time(0), limits: &limits, facts: &facts };
        let decided = state.decide(&step.command, &context);
        let expected = model.expect(step);
        let got = match &decided {
            Ok(events) => Ok(events.iter().map(Event::name).collect()),
            Err(rejection) => Err(rejection.code()),
        };
        prop_assert_eq!(&got, &expected, "{:?} in {:?}", step, state);
        for event in decided.iter().flatten() {
            state.evolve(event);
            log.push(event.encode());
        }
        prop_assert!(model.agrees(&state), "after {:?}: {:?} is not {:?}", step.command, state, model);

        let mut replayed = A::default();
        for stored in &log {
            replayed.evolve(&A::Event::decode(stored).map_err(|e| TestCaseError::fail(e.to_string()))?);
        }
        prop_assert_eq!(&replayed, &state, "the history read again makes the state that decided");
        let stream = step.command.stream();
        prop_assert_eq!(stream.kind(), A::NAME);
    }
    Ok(())
}

/// The same cases every time; `PROPTEST_CASES` asks for more.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default() }
}

fn users() -> impl Strategy<Value = UserId> + Clone {
    (1..=3u32).prop_map(user)
}

fn actors() -> impl Strategy<Value = Actor> + Clone {
    (users(), prop::bool::weighted(0.3)).prop_map(|(id, moderator)| Actor { id, moderator })
}

fn subjects() -> impl Strategy<Value = Subject> + Clone {
    let flag = || prop::bool::weighted(0.15);
    let author = prop::option::weighted(0.85, users());
    (author, flag(), flag(), flag(), visibilities()).prop_map(
        |(author, deleted, hidden, unpublished, visibility)| Subject {
            author,
            deleted,
            hidden,
            unpublished,
            visibility,
            target: None,
        },
    )
}

fn visibilities() -> impl Strategy<Value = Visibility> + Clone {
    prop_oneof![Just(Visibility::Public), Just(Visibility::Unlisted), Just(Visibility::Private)]
}

/// Why the subject takes nothing new, told another way.
fn closed(subject: &Subject) -> Option<&'static str> {
    let reasons = [
        (subject.author.is_none(), "target_not_found"),
        (subject.deleted, "target_deleted"),
        (subject.hidden, "target_hidden"),
        (subject.unpublished, "target_unpublished"),
        (subject.visibility == Visibility::Private, "target_private"),
    ];
    reasons.into_iter().find(|(applies, _)| *applies).map(|(_, code)| code)
}
