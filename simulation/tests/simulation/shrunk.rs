//! What fails is made smaller.

use tidings_simulation::{Plan, Planted, run, shrink};

fn first_that_fails(planted: Planted) -> (Plan, tidings_simulation::Failure) {
    let plan = |seed| Plan { planted: Some(planted), ..Plan::of(seed) };
    // A large one, of which there is much to leave out.
    let large = |plan: &Plan| plan.clients >= 6 && plan.hosts >= 2;
    let long = |failure: &tidings_simulation::Failure| failure.history.lines().count() >= 300;
    let mut fails = (1..).filter(|seed| large(&plan(*seed))).filter_map(|seed| run(seed, &plan(seed)).err());
    let failure = fails.find(long).unwrap();
    (plan(failure.seed), failure)
}

#[test]
fn a_plan_that_fails_becomes_smaller_and_still_fails() {
    for planted in [Planted::LeaseUnfenced, Planted::RelayForgets] {
        let (plan, failure) = first_that_fails(planted);
        let shrunk = shrink(&plan, failure.clone(), 400);
        let (before, after) = (failure.history.lines().count(), shrunk.failure.history.lines().count());
        println!(
            "{planted:?}: {before} lines became {after} in {} runs: {}",
            shrunk.runs,
            shrunk.plan.changes_from(&plan)
        );
        assert!(after * 2 < before, "{after} lines of {before}");
        assert!(shrunk.plan.clients * shrunk.plan.commands < plan.clients * plan.commands);
        // As the command line that is printed has it.
        let again = Plan::of(failure.seed).with(&shrunk.plan.changes_from(&plan)).unwrap();
        let again = Plan { planted: Some(planted), ..again };
        assert_eq!(again, shrunk.plan);
        assert_eq!(run(shrunk.failure.seed, &again), Err(shrunk.failure));
    }
}

#[test]
fn a_failure_shows_the_history_of_the_streams_that_it_is_about() {
    let (_, failure) = first_that_fails(Planted::LeaseUnfenced);
    let (trace, all) = (failure.trace(), failure.history.lines().count());
    assert!(trace.len() < all, "{} of {all} lines", trace.len());
    assert!(trace.last().unwrap().contains("WRONG"), "{trace:#?}");
    assert!(trace.iter().any(|line| line.contains(" > h")), "its sendings: {trace:#?}");
}
