use tidings_domain::post::{Command, Event, Post};
use tidings_domain::testing::sample::{post, text, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class};

use super::{AUTHOR, MODERATOR, OTHER, created, deleted_by, edited, hidden};

fn edit(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>, text: &str) -> Outcome<Post> {
    given::<Post>(history).by(by).when(Command::EditPost { post: post(1), text: text.into() })
}

#[test]
fn the_author_changes_the_text() {
    let state = edit([created()], user(AUTHOR), "hello, world").then([edited("hello, world")]);
    assert_eq!(state.text, "hello, world");
}

#[test]
fn the_same_text_changes_nothing() {
    edit([created()], user(AUTHOR), "hello").then_nothing();
}

#[test]
fn the_same_text_with_other_blanks_around_changes_nothing() {
    edit([created(), edited("café")], user(AUTHOR), " cafe\u{301}\n").then_nothing();
}

#[test]
fn the_first_text_again_after_an_edit_is_a_change() {
    edit([created(), edited("bye")], user(AUTHOR), "hello").then([edited("hello")]);
}

#[test]
fn a_hidden_post_can_be_edited() {
    edit([created(), hidden()], user(AUTHOR), "milder").then([edited("milder")]);
}

#[test]
fn another_user_may_not() {
    edit([created()], user(OTHER), "mine").then_rejected_as(Class::Forbidden, "not_author");
}

#[test]
fn a_moderator_may_not_put_words_in_the_authors_mouth() {
    edit([created()], Actor::moderator(user(MODERATOR)), "mine").then_rejected("not_author");
}

#[test]
fn a_text_too_long_is_refused() {
    edit([created()], user(AUTHOR), &text(2_201)).then_rejected_as(Class::Invalid, "text_too_long");
}

#[test]
fn a_missing_post_is_not_found() {
    edit([], user(AUTHOR), "hello").then_rejected_as(Class::NotFound, "post_not_found");
}

#[test]
fn a_deleted_post_is_gone() {
    edit([created(), deleted_by(AUTHOR)], user(AUTHOR), "x").then_rejected_as(Class::Gone, "post_deleted");
}
