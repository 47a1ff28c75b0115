use tidings_domain::post::{Command, Event, Post};
use tidings_domain::testing::sample::{post, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class};

use super::{AUTHOR, MODERATOR, OTHER, created, deleted_by, hidden};

fn delete(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>) -> Outcome<Post> {
    given::<Post>(history).by(by).when(Command::DeletePost { post: post(1) })
}

#[test]
fn the_author_may() {
    let state = delete([created()], user(AUTHOR)).then([deleted_by(AUTHOR)]);
    assert_eq!((state.deleted, state.text.as_str()), (true, ""));
}

#[test]
fn a_moderator_may() {
    delete([created()], Actor::moderator(user(MODERATOR))).then([deleted_by(MODERATOR)]);
}

#[test]
fn a_hidden_post_can_be_deleted() {
    delete([created(), hidden()], user(AUTHOR)).then([deleted_by(AUTHOR)]);
}

#[test]
fn another_user_may_not() {
    delete([created()], user(OTHER)).then_rejected_as(Class::Forbidden, "not_author_or_moderator");
}

#[test]
fn a_missing_post_is_not_found() {
    delete([], user(AUTHOR)).then_rejected_as(Class::NotFound, "post_not_found");
}

#[test]
fn a_deleted_post_is_gone() {
    delete([created(), deleted_by(AUTHOR)], user(AUTHOR)).then_rejected_as(Class::Gone, "post_deleted");
}
