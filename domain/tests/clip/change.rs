use tidings_domain::clip::{Clip, Command, Event};
use tidings_domain::testing::sample::{clip, text, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class, Visibility};

use super::{AUTHOR, MODERATOR, OTHER, deleted, failed, published, staged};

fn edit_to(title: &str, description: &str) -> Command {
    Command::EditClip { clip: clip(1), title: title.into(), description: description.into() }
}

fn show_to(visibility: Visibility) -> Command {
    Command::SetClipVisibility { clip: clip(1), visibility }
}

fn change(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>, command: Command) -> Outcome<Clip> {
    given::<Clip>(history).by(by).when(command)
}

fn edited(title: &str, description: &str) -> Event {
    Event::ClipEdited { clip: clip(1), title: title.into(), description: description.into() }
}

fn shown_to(visibility: Visibility) -> Event {
    Event::ClipVisibilityChanged { clip: clip(1), author: user(AUTHOR), visibility }
}

#[test]
fn the_author_changes_title_and_description() {
    for history in [vec![staged()], vec![staged(), published()], vec![staged(), failed()]] {
        let state = change(history, user(AUTHOR), edit_to("dawn ", "")).then([edited("dawn", "")]);
        assert_eq!((state.title.as_str(), state.description.as_str()), ("dawn", ""));
    }
}

#[test]
fn one_of_the_two_is_a_change() {
    change([staged()], user(AUTHOR), edit_to("dawn", "from the roof"))
        .then([edited("dawn", "from the roof")]);
    change([staged()], user(AUTHOR), edit_to("sunrise", "")).then([edited("sunrise", "")]);
}

#[test]
fn the_same_texts_change_nothing() {
    change([staged()], user(AUTHOR), edit_to(" sunrise", "from the roof ")).then_nothing();
}

#[test]
fn texts_too_long_are_refused() {
    change([staged()], user(AUTHOR), edit_to(&text(101), "")).then_rejected("text_too_long");
    change([staged()], user(AUTHOR), edit_to("", "")).then_rejected("text_blank");
    change([staged()], user(AUTHOR), edit_to("dawn", &text(2_201))).then_rejected("text_too_long");
}

#[test]
fn a_clip_is_public_until_its_author_says_otherwise() {
    assert_eq!(given::<Clip>([staged()]).state().visibility, Visibility::Public);
    for visibility in [Visibility::Unlisted, Visibility::Private] {
        let state =
            change([staged(), published()], user(AUTHOR), show_to(visibility)).then([shown_to(visibility)]);
        assert_eq!(state.visibility, visibility);
    }
}

#[test]
fn a_clip_can_be_opened_again() {
    change([staged(), shown_to(Visibility::Private)], user(AUTHOR), show_to(Visibility::Public))
        .then([shown_to(Visibility::Public)]);
}

#[test]
fn the_same_visibility_changes_nothing() {
    change([staged()], user(AUTHOR), show_to(Visibility::Public)).then_nothing();
    change([staged(), shown_to(Visibility::Private)], user(AUTHOR), show_to(Visibility::Private))
        .then_nothing();
}

#[test]
fn only_the_author_may() {
    for command in [edit_to("dawn", ""), show_to(Visibility::Private)] {
        change([staged()], user(OTHER), command.clone()).then_rejected_as(Class::Forbidden, "not_author");
        change([staged()], Actor::moderator(user(MODERATOR)), command)
            .then_rejected_as(Class::Forbidden, "not_author");
    }
}

#[test]
fn a_missing_clip_is_not_found() {
    for command in [edit_to("dawn", ""), show_to(Visibility::Private)] {
        change([], user(AUTHOR), command).then_rejected_as(Class::NotFound, "clip_not_found");
    }
}

#[test]
fn a_deleted_clip_is_gone() {
    for command in [edit_to("dawn", ""), show_to(Visibility::Private)] {
        change([staged(), deleted(AUTHOR, false)], user(AUTHOR), command)
            .then_rejected_as(Class::Gone, "clip_deleted");
    }
}
