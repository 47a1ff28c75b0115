use tidings_domain::clip::{Clip, Command, Event, VideoState};
use tidings_domain::testing::sample::{clip, text, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class};

use super::{AUTHOR, MODERATOR, OTHER, deleted, failed, published, staged};

fn fail_for(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>, reason: &str) -> Outcome<Clip> {
    given::<Clip>(history).by(by).when(Command::FailClip { clip: clip(1), reason: reason.into() })
}

fn fail(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>) -> Outcome<Clip> {
    fail_for(history, by, "no video track")
}

#[test]
fn a_staged_clip_fails() {
    assert_eq!(fail([staged()], user(AUTHOR)).then([failed()]).video, VideoState::Failed);
}

#[test]
fn a_moderator_may_fail_it_for_the_author() {
    fail([staged()], Actor::moderator(user(MODERATOR))).then([failed()]);
}

#[test]
fn a_repeated_callback_changes_nothing() {
    fail([staged(), failed()], user(AUTHOR)).then_nothing();
    fail_for([staged(), failed()], user(AUTHOR), "still none").then_nothing();
}

#[test]
fn a_published_clip_does_not_fail() {
    fail([staged(), published()], user(AUTHOR)).then_rejected_as(Class::Rejected, "already_published");
}

#[test]
fn the_reason_is_a_text() {
    fail_for([staged()], user(AUTHOR), " ").then_rejected_as(Class::Invalid, "text_blank");
    fail_for([staged()], user(AUTHOR), &text(501)).then_rejected_as(Class::Invalid, "text_too_long");
}

#[test]
fn another_user_may_not() {
    fail([staged()], user(OTHER)).then_rejected_as(Class::Forbidden, "not_author_or_moderator");
}

#[test]
fn a_missing_clip_is_not_found() {
    fail([], user(AUTHOR)).then_rejected_as(Class::NotFound, "clip_not_found");
}

#[test]
fn a_deleted_clip_is_gone() {
    fail([staged(), deleted(AUTHOR, false)], user(AUTHOR)).then_rejected_as(Class::Gone, "clip_deleted");
}
