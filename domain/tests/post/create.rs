use tidings_domain::post::{Command, Event, Post};
use tidings_domain::testing::sample::{post, text, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Class, Limits};

use super::{AUTHOR, created, deleted_by};

fn create(text: &str) -> Outcome<Post> {
    given::<Post>([]).by(user(AUTHOR)).when(Command::CreatePost { post: post(1), text: text.into() })
}

fn created_with(text: &str) -> Event {
    Event::PostCreated { post: post(1), author: user(AUTHOR), text: text.into() }
}

#[test]
fn a_text_is_published_by_its_actor() {
    let state = create("hello").then([created()]);
    assert_eq!((state.author, state.text.as_str()), (Some(user(AUTHOR)), "hello"));
}

#[test]
fn the_text_is_stored_trimmed_and_composed() {
    create(" \n cafe\u{301}\t ").then([created_with("café")]);
}

#[test]
fn a_text_of_2200_characters_is_taken() {
    create(&text(2_200)).then([created_with(&text(2_200))]);
}

#[test]
fn a_text_of_2201_characters_is_refused_with_both_numbers() {
    let rejection = create(&text(2_201)).then_rejected_as(Class::Invalid, "text_too_long");
    assert_eq!(rejection.to_string(), "the text has 2201 characters; shorten it to 2200 or fewer");
}

#[test]
fn another_limit_can_be_set() {
    given::<Post>([])
        .limited(Limits { post_text: 3, ..Limits::default() })
        .when(Command::CreatePost { post: post(1), text: "four".into() })
        .then_rejected("text_too_long");
}

#[test]
fn only_blanks_are_refused() {
    create(" \n\t ").then_rejected_as(Class::Invalid, "text_blank");
}

#[test]
fn a_control_character_is_refused() {
    create("ring\u{7}ring").then_rejected_as(Class::Invalid, "text_control_character");
}

#[test]
fn an_id_in_use_is_refused() {
    given::<Post>([created()])
        .when(Command::CreatePost { post: post(1), text: "again".into() })
        .then_rejected_as(Class::Rejected, "already_exists");
}

#[test]
fn the_id_of_a_deleted_post_stays_in_use() {
    given::<Post>([created(), deleted_by(AUTHOR)])
        .when(Command::CreatePost { post: post(1), text: "again".into() })
        .then_rejected("already_exists");
}
