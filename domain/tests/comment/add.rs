use tidings_domain::comment::{self, Command, Comment, Event};
use tidings_domain::testing::sample::{clip, comment, post, text, user};
use tidings_domain::testing::{Given, given};
use tidings_domain::{Class, Subject, Target, Visibility};

use super::{AUTHOR, added, on, removed_by, the_post};

fn add(target: impl Into<Target>, parent: Option<u32>, text: &str) -> Command {
    Command::AddComment {
        comment: comment(1),
        target: target.into(),
        parent: parent.map(comment),
        text: text.into(),
    }
}

fn nothing_yet() -> Given<Comment> {
    given::<Comment>([]).by(user(AUTHOR))
}

#[test]
fn a_post_is_commented_on() {
    let state = nothing_yet()
        .knowing(Target::from(post(1)), the_post())
        .when(add(post(1), None, " well said "))
        .then([added()]);
    assert_eq!(state.origin.map(|o| o.author), Some(user(AUTHOR)));
}

#[test]
fn a_clip_is_commented_on() {
    nothing_yet().knowing(Target::from(clip(1)), the_post()).when(add(clip(1), None, "nice")).then([
        Event::CommentAdded {
            comment: comment(1),
            author: user(AUTHOR),
            target: clip(1).into(),
            parent: None,
            text: "nice".into(),
        },
    ]);
}

#[test]
fn a_comment_on_the_same_target_is_answered() {
    nothing_yet()
        .knowing(Target::from(post(1)), the_post())
        .knowing(comment::stream(comment(7)), on(post(1)))
        .when(add(post(1), Some(7), "indeed"))
        .then([Event::CommentAdded {
            comment: comment(1),
            author: user(AUTHOR),
            target: post(1).into(),
            parent: Some(comment(7)),
            text: "indeed".into(),
        }]);
}

#[test]
fn a_comment_is_no_target() {
    nothing_yet()
        .knowing(Target::from(comment(7)), on(post(1)))
        .when(add(comment(7), None, "indeed"))
        .then_rejected_as(Class::Invalid, "target_is_comment");
}

#[test]
fn a_missing_target_is_not_found() {
    nothing_yet().when(add(post(1), None, "hello")).then_rejected_as(Class::NotFound, "target_not_found");
}

#[test]
fn a_deleted_target_is_gone() {
    nothing_yet()
        .knowing(Target::from(post(1)), Subject { deleted: true, ..the_post() })
        .when(add(post(1), None, "hello"))
        .then_rejected_as(Class::Gone, "target_deleted");
}

#[test]
fn a_target_that_nobody_sees_is_refused() {
    for (subject, code) in [
        (Subject { hidden: true, ..the_post() }, "target_hidden"),
        (Subject { unpublished: true, ..the_post() }, "target_unpublished"),
        (Subject { visibility: Visibility::Private, ..the_post() }, "target_private"),
    ] {
        nothing_yet()
            .knowing(Target::from(clip(1)), subject)
            .when(add(clip(1), None, "hello"))
            .then_rejected_as(Class::Rejected, code);
    }
}

#[test]
fn an_unlisted_clip_is_commented_on_by_who_knows_it() {
    let outcome = nothing_yet()
        .knowing(Target::from(clip(1)), Subject { visibility: Visibility::Unlisted, ..the_post() })
        .when(add(clip(1), None, "nice"));
    assert_eq!(outcome.events().len(), 1);
}

#[test]
fn a_missing_parent_is_not_found() {
    nothing_yet()
        .knowing(Target::from(post(1)), the_post())
        .when(add(post(1), Some(7), "indeed"))
        .then_rejected_as(Class::NotFound, "parent_not_found");
}

#[test]
fn a_comment_does_not_answer_itself() {
    nothing_yet()
        .knowing(Target::from(post(1)), the_post())
        .when(add(post(1), Some(1), "indeed"))
        .then_rejected("parent_not_found");
}

#[test]
fn a_removed_parent_is_gone() {
    nothing_yet()
        .knowing(Target::from(post(1)), the_post())
        .knowing(comment::stream(comment(7)), Subject { deleted: true, ..on(post(1)) })
        .when(add(post(1), Some(7), "indeed"))
        .then_rejected_as(Class::Gone, "parent_removed");
}

#[test]
fn a_parent_on_another_target_is_refused() {
    nothing_yet()
        .knowing(Target::from(post(1)), the_post())
        .knowing(comment::stream(comment(7)), on(clip(1)))
        .when(add(post(1), Some(7), "indeed"))
        .then_rejected_as(Class::Rejected, "parent_elsewhere");
}

#[test]
fn the_text_has_1_to_500_characters() {
    let known = || nothing_yet().knowing(Target::from(post(1)), the_post());
    assert_eq!(known().when(add(post(1), None, &text(500))).events().len(), 1);
    let rejection = known().when(add(post(1), None, &text(501))).then_rejected("text_too_long");
    assert_eq!(rejection.to_string(), "the text has 501 characters; shorten it to 500 or fewer");
    known().when(add(post(1), None, "\n")).then_rejected("text_blank");
}

#[test]
fn an_id_in_use_is_refused() {
    for history in [vec![added()], vec![added(), removed_by(AUTHOR)]] {
        given::<Comment>(history)
            .knowing(Target::from(post(1)), the_post())
            .when(add(post(1), None, "again"))
            .then_rejected_as(Class::Rejected, "already_exists");
    }
}
