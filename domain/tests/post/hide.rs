use tidings_domain::post::{Command, Event, Post};
use tidings_domain::testing::sample::{post, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class};

use super::{AUTHOR, MODERATOR, created, deleted_by, hidden, unhidden};

fn hide(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>) -> Outcome<Post> {
    given::<Post>(history).by(by).when(Command::HidePost { post: post(1) })
}

fn unhide(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>) -> Outcome<Post> {
    given::<Post>(history).by(by).when(Command::UnhidePost { post: post(1) })
}

fn moderator() -> Actor {
    Actor::moderator(user(MODERATOR))
}

#[test]
fn a_moderator_hides_a_post() {
    assert!(hide([created()], moderator()).then([hidden()]).hidden);
}

#[test]
fn hiding_a_hidden_post_changes_nothing() {
    hide([created(), hidden()], moderator()).then_nothing();
}

#[test]
fn a_moderator_shows_a_hidden_post_again() {
    assert!(!unhide([created(), hidden()], moderator()).then([unhidden()]).hidden);
}

#[test]
fn showing_a_shown_post_changes_nothing() {
    unhide([created(), hidden(), unhidden()], moderator()).then_nothing();
}

#[test]
fn not_even_the_author_may() {
    hide([created()], user(AUTHOR)).then_rejected_as(Class::Forbidden, "not_moderator");
    unhide([created(), hidden()], user(AUTHOR)).then_rejected_as(Class::Forbidden, "not_moderator");
}

#[test]
fn a_missing_post_is_not_found() {
    hide([], moderator()).then_rejected_as(Class::NotFound, "post_not_found");
    unhide([], moderator()).then_rejected_as(Class::NotFound, "post_not_found");
}

#[test]
fn a_deleted_post_is_gone() {
    hide([created(), deleted_by(AUTHOR)], moderator()).then_rejected_as(Class::Gone, "post_deleted");
    unhide([created(), deleted_by(AUTHOR)], moderator()).then_rejected_as(Class::Gone, "post_deleted");
}
