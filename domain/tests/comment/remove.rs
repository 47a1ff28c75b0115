use tidings_domain::comment::{Command, Comment, Event};
use tidings_domain::testing::sample::{comment, post, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class, Subject, Target};

use super::{AUTHOR, MODERATOR, OTHER, POST_AUTHOR, added, removed_by, the_post};

fn remove(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>) -> Outcome<Comment> {
    given::<Comment>(history)
        .by(by)
        .knowing(Target::from(post(1)), the_post())
        .when(Command::RemoveComment { comment: comment(1) })
}

#[test]
fn the_author_may() {
    let state = remove([added()], user(AUTHOR)).then([removed_by(AUTHOR)]);
    assert_eq!((state.removed, state.text.as_str()), (true, ""));
}

#[test]
fn the_author_of_the_post_may() {
    remove([added()], user(POST_AUTHOR)).then([removed_by(POST_AUTHOR)]);
}

#[test]
fn the_author_of_a_deleted_post_still_may() {
    given::<Comment>([added()])
        .by(user(POST_AUTHOR))
        .knowing(Target::from(post(1)), Subject { deleted: true, ..the_post() })
        .when(Command::RemoveComment { comment: comment(1) })
        .then([removed_by(POST_AUTHOR)]);
}

#[test]
fn a_moderator_may() {
    remove([added()], Actor::moderator(user(MODERATOR))).then([removed_by(MODERATOR)]);
}

#[test]
fn another_user_may_not() {
    let rejection = remove([added()], user(OTHER)).then_rejected_as(Class::Forbidden, "may_not_remove");
    assert!(rejection.to_string().contains(&format!("the author of post-{}", post(1))), "{rejection}");
}

#[test]
fn an_answer_keeps_its_parent_in_the_event() {
    let (parent, by) = (Some(comment(7)), user(AUTHOR));
    let answer = Event::CommentAdded {
        comment: comment(1),
        author: by,
        target: post(1).into(),
        parent,
        text: "indeed".into(),
    };
    remove([answer], by).then([Event::CommentRemoved {
        comment: comment(1),
        author: by,
        target: post(1).into(),
        parent,
        by,
    }]);
}

#[test]
fn a_missing_comment_is_not_found() {
    remove([], user(AUTHOR)).then_rejected_as(Class::NotFound, "comment_not_found");
}

#[test]
fn a_removed_comment_is_gone() {
    remove([added(), removed_by(AUTHOR)], user(AUTHOR)).then_rejected_as(Class::Gone, "comment_removed");
}
