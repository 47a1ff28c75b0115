//! Bugs put in on purpose are found.

use tidings_simulation::{Plan, Planted, run};

/// The first seed, counted from 1, that finds it, and what it says.
fn found_by(planted: Planted) -> (u64, String) {
    let find = |seed| {
        let failure = run(seed, &Plan { planted: Some(planted), ..Plan::of(seed) }).err()?;
        Some((seed, failure.what))
    };
    let (seed, what) = (1..=100).find_map(find).unwrap_or_else(|| panic!("{planted:?} is not found"));
    println!("{planted:?} is found within {seed} seeds: {what}");
    (seed, what)
}

#[test]
fn a_relay_that_forgets_its_last_record_is_found() {
    let (_, what) = found_by(Planted::RelayForgets);
    assert!(what.contains("never was") || what.contains("is not published"), "{what}");
}

#[test]
fn a_relay_that_believes_the_last_record_is_found() {
    let (_, what) = found_by(Planted::TailBelieved);
    assert!(what.contains("never was") || what.contains("is not published"), "{what}");
}

#[test]
fn a_relay_that_trusts_owners_for_ever_is_found() {
    let (_, what) = found_by(Planted::OwnersTrusted);
    assert!(what.contains("is not published"), "{what}");
}

#[test]
fn a_checkpoint_stored_before_its_rows_is_found() {
    let (_, what) = found_by(Planted::CheckpointFirst);
    assert!(what.contains("the read model"), "{what}");
}

#[test]
fn reads_of_what_only_the_primary_has_are_found() {
    found_by(Planted::LocalReads);
}

#[test]
fn a_log_that_does_not_tell_of_a_commands_commit_is_found() {
    found_by(Planted::CommandForgotten);
}

#[test]
fn a_checkpoint_moved_without_a_look_at_it_is_found() {
    let (_, what) = found_by(Planted::CheckpointBlind);
    assert!(what.contains("the read model"), "{what}");
}

#[test]
fn a_feed_that_believes_the_bus_is_found() {
    let (_, what) = found_by(Planted::BusBelieved);
    assert!(what.contains("the read model"), "{what}");
}

#[test]
fn an_append_in_doubt_that_is_answered_failed_is_found() {
    let (_, what) = found_by(Planted::DoubtIsFailure);
    // Either it was never answered otherwise, or the repeat that would have found it was answered so too.
    assert!(what.contains("but with a no") || what.contains("answered `failed"), "{what}");
}
