use tidings_domain::clip::{Clip, Command, Event};
use tidings_domain::testing::sample::{clip, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class};

use super::{AUTHOR, MODERATOR, OTHER, deleted, failed, published, staged};

fn delete(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>) -> Outcome<Clip> {
    given::<Clip>(history).by(by).when(Command::DeleteClip { clip: clip(1) })
}

#[test]
fn the_author_may() {
    assert!(delete([staged(), published()], user(AUTHOR)).then([deleted(AUTHOR, true)]).deleted);
}

#[test]
fn a_moderator_may() {
    delete([staged(), published()], Actor::moderator(user(MODERATOR))).then([deleted(MODERATOR, true)]);
}

#[test]
fn the_event_tells_whether_it_had_been_published() {
    delete([staged()], user(AUTHOR)).then([deleted(AUTHOR, false)]);
    delete([staged(), failed()], user(AUTHOR)).then([deleted(AUTHOR, false)]);
}

#[test]
fn another_user_may_not() {
    delete([staged()], user(OTHER)).then_rejected_as(Class::Forbidden, "not_author_or_moderator");
}

#[test]
fn a_missing_clip_is_not_found() {
    delete([], user(AUTHOR)).then_rejected_as(Class::NotFound, "clip_not_found");
}

#[test]
fn a_deleted_clip_is_gone() {
    delete([staged(), deleted(AUTHOR, false)], user(AUTHOR)).then_rejected_as(Class::Gone, "clip_deleted");
}
