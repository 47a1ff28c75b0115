//! Bugs put in on purpose are found.

use tidings_simulation::{Plan, Planted, run};

/// One of a hundred seeds finds it, and says one of these.
fn is_found(planted: Planted, says: &[&str]) {
    is_found_by(planted, true, says);
}

/// The same with nothing but what clients are told, and what is there in the end.
fn is_found_from_outside(planted: Planted, says: &[&str]) {
    is_found_by(planted, false, says);
}

fn is_found_by(planted: Planted, watched: bool, says: &[&str]) {
    let find = |seed| {
        let plan = Plan { planted: Some(planted), watched, ..Plan::of(seed) };
        Some((seed, run(seed, &plan).err()?.what))
    };
    let (seed, what) = (1..=100).find_map(find).unwrap_or_else(|| panic!("{planted:?} is not found"));
    println!("{planted:?} is found within {seed} seeds, the ledger watched: {watched}: {what}");
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

#[test]
fn reads_that_are_seconds_old_are_found() {
    is_found(Planted::StaleReads, &["at no moment since", "had no such version", "leaves a gap"]);
}

#[test]
fn reads_that_are_seconds_old_leave_a_stream_no_order() {
    is_found_from_outside(Planted::StaleReads, &["has no order"]);
}

#[test]
fn a_lease_without_a_fence_is_found() {
    is_found(Planted::LeaseUnfenced, &["counts no more"]);
}

#[test]
fn a_retry_that_forgets_its_next_attempt_is_found() {
    is_found(Planted::RetryForgotten, &["has no time of its next attempt"]);
}

#[test]
fn a_retry_that_forgets_its_next_attempt_is_found_from_outside() {
    is_found_from_outside(Planted::RetryForgotten, &["comes to no end", "belongs to FAILED_RETRYABLE"]);
}

#[test]
fn an_outcome_stored_before_its_append_is_found() {
    is_found(Planted::OutcomeFirst, &["was said to be appended"]);
}

#[test]
fn an_outcome_stored_before_its_append_is_found_from_outside() {
    is_found_from_outside(
        Planted::OutcomeFirst,
        &["was said to be appended", "no business here", "no such commit"],
    );
}
