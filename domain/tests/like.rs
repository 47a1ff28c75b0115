use tidings_domain::like::{Command, Event, Like};
use tidings_domain::testing::sample::{clip, comment, liked, post, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Class, Subject, Target, Visibility};

const USER: u32 = 1;
const AUTHOR: u32 = 2;

fn like_of(target: Target, subject: Subject) -> Outcome<Like> {
    given::<Like>([]).knowing(target, subject).when(Command::Like { user: user(USER), target })
}

fn like(history: impl IntoIterator<Item = Event>) -> Outcome<Like> {
    let target = post(1).into();
    given::<Like>(history)
        .knowing(target, Subject::by(user(AUTHOR)))
        .when(Command::Like { user: user(USER), target })
}

fn unlike(history: impl IntoIterator<Item = Event>) -> Outcome<Like> {
    given::<Like>(history).when(Command::Unlike { user: user(USER), target: post(1).into() })
}

fn unliked() -> Event {
    Event::Unliked { user: user(USER), target: post(1).into() }
}

#[test]
fn posts_clips_and_comments_are_liked() {
    for target in [Target::from(post(1)), clip(1).into(), comment(1).into()] {
        let state = like_of(target, Subject::by(user(AUTHOR))).then([liked(user(USER), target)]);
        assert!(state.liked);
    }
}

#[test]
fn ones_own_post_can_be_liked() {
    let target = post(1).into();
    like_of(target, Subject::by(user(USER))).then([liked(user(USER), target)]);
}

#[test]
fn a_repeated_like_changes_nothing() {
    like([liked(user(USER), post(1))]).then_nothing();
}

#[test]
fn a_repeated_like_changes_nothing_whatever_became_of_the_target() {
    given::<Like>([liked(user(USER), post(1))])
        .knowing(Target::from(post(1)), Subject { deleted: true, ..Subject::by(user(AUTHOR)) })
        .when(Command::Like { user: user(USER), target: post(1).into() })
        .then_nothing();
}

#[test]
fn a_like_taken_back_can_be_given_again() {
    like([liked(user(USER), post(1)), unliked()]).then([liked(user(USER), post(1))]);
}

#[test]
fn a_like_is_taken_back() {
    assert!(!unlike([liked(user(USER), post(1))]).then([unliked()]).liked);
}

#[test]
fn taking_back_what_was_not_given_changes_nothing() {
    unlike([]).then_nothing();
    unlike([liked(user(USER), post(1)), unliked()]).then_nothing();
}

#[test]
fn a_missing_target_is_not_found() {
    given::<Like>([])
        .when(Command::Like { user: user(USER), target: post(1).into() })
        .then_rejected_as(Class::NotFound, "target_not_found");
}

#[test]
fn a_deleted_target_is_gone() {
    like_of(post(1).into(), Subject { deleted: true, ..Subject::by(user(AUTHOR)) })
        .then_rejected_as(Class::Gone, "target_deleted");
}

#[test]
fn a_target_that_nobody_sees_is_refused() {
    let there = || Subject::by(user(AUTHOR));
    for (subject, code) in [
        (Subject { hidden: true, ..there() }, "target_hidden"),
        (Subject { unpublished: true, ..there() }, "target_unpublished"),
        (Subject { visibility: Visibility::Private, ..there() }, "target_private"),
    ] {
        like_of(clip(1).into(), subject).then_rejected_as(Class::Rejected, code);
    }
}
