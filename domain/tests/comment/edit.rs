use tidings_domain::comment::{Command, Comment, Event};
use tidings_domain::testing::sample::{comment, text, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class};

use super::{AUTHOR, MODERATOR, POST_AUTHOR, added, removed_by};

fn edit(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>, text: &str) -> Outcome<Comment> {
    given::<Comment>(history).by(by).when(Command::EditComment { comment: comment(1), text: text.into() })
}

#[test]
fn the_author_changes_the_text() {
    let state = edit([added()], user(AUTHOR), "better said")
        .then([Event::CommentEdited { comment: comment(1), text: "better said".into() }]);
    assert_eq!(state.text, "better said");
}

#[test]
fn the_same_text_changes_nothing() {
    edit([added()], user(AUTHOR), " well said").then_nothing();
}

#[test]
fn nobody_else_may() {
    edit([added()], user(POST_AUTHOR), "x").then_rejected_as(Class::Forbidden, "not_author");
    edit([added()], Actor::moderator(user(MODERATOR)), "x").then_rejected_as(Class::Forbidden, "not_author");
}

#[test]
fn a_text_too_long_is_refused() {
    edit([added()], user(AUTHOR), &text(501)).then_rejected_as(Class::Invalid, "text_too_long");
}

#[test]
fn a_missing_comment_is_not_found() {
    edit([], user(AUTHOR), "x").then_rejected_as(Class::NotFound, "comment_not_found");
}

#[test]
fn a_removed_comment_is_gone() {
    edit([added(), removed_by(AUTHOR)], user(AUTHOR), "x").then_rejected_as(Class::Gone, "comment_removed");
}
