//! Bugs put in on purpose are found.

use tidings_simulation::{Plan, Planted, run};

/// One of a hundred seeds finds it, and says one of these.
fn is_found(planted: Planted, says: &[&str]) {
    let find = |seed| {
        let failure = run(seed, &Plan { planted: Some(planted), ..Plan::of(seed) }).err()?;
        Some((seed, failure.what))
    };
    let (seed, what) = (1..=100).find_map(find).unwrap_or_else(|| panic!("{planted:?} is not found"));
    println!("{planted:?} is found within {seed} seeds: {what}");
    assert!(says.iter().any(|words| what.contains(words)), "{what}");
}

#[test]
fn a_relay_that_forgets_its_last_record_is_found() {
    is_found(Planted::RelayForgets, &["never was", "is not published"]);
}

#[test]
fn a_relay_that_believes_the_last_record_is_found() {
    is_found(Planted::TailBelieved, &["never was", "is not published"]);
}

#[test]
fn a_relay_that_trusts_owners_for_ever_is_found() {
    is_found(Planted::OwnersTrusted, &["is not published"]);
}

#[test]
fn a_checkpoint_stored_before_its_rows_is_found() {
    is_found(Planted::CheckpointFirst, &["the read model"]);
}

#[test]
fn reads_of_what_only_the_primary_has_are_found() {
    is_found(Planted::LocalReads, &[""]);
}

#[test]
fn a_log_that_does_not_tell_of_a_commands_commit_is_found() {
    is_found(Planted::CommandForgotten, &[""]);
}

#[test]
fn a_checkpoint_moved_without_a_look_at_it_is_found() {
    is_found(Planted::CheckpointBlind, &["the read model"]);
}

#[test]
fn a_feed_that_believes_the_bus_is_found() {
    is_found(Planted::BusBelieved, &["the read model"]);
}

#[test]
fn an_append_in_doubt_that_is_answered_failed_is_found() {
    // Either it was never answered otherwise, or the repeat that would have found it was answered so too.
    is_found(Planted::DoubtIsFailure, &["but with a no", "answered `failed"]);
}
