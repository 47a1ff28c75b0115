use tidings_domain::Class;
use tidings_domain::clip::{Clip, Command, Event, VideoState};
use tidings_domain::testing::sample::{clip, text, user};
use tidings_domain::testing::{Outcome, given};

use super::{AUTHOR, deleted, staged};

fn stage(title: &str, description: &str) -> Outcome<Clip> {
    given::<Clip>([]).by(user(AUTHOR)).when(Command::StageClip {
        clip: clip(1),
        title: title.into(),
        description: description.into(),
    })
}

#[test]
fn a_clip_is_announced() {
    let state = stage(" sunrise", "from the roof\n").then([staged()]);
    assert_eq!(state.video, VideoState::Staged);
}

#[test]
fn the_description_may_be_empty() {
    stage("sunrise", " ").then([Event::ClipStaged {
        clip: clip(1),
        author: user(AUTHOR),
        title: "sunrise".into(),
        description: String::new(),
    }]);
}

#[test]
fn the_title_has_1_to_100_characters() {
    assert_eq!(stage(&text(100), "").events().len(), 1);
    let rejection = stage(&text(101), "").then_rejected_as(Class::Invalid, "text_too_long");
    assert_eq!(rejection.to_string(), "the title has 101 characters; shorten it to 100 or fewer");
    stage("", "").then_rejected_as(Class::Invalid, "text_blank");
}

#[test]
fn the_description_has_up_to_2200_characters() {
    assert_eq!(stage("sunrise", &text(2_200)).events().len(), 1);
    let rejection = stage("sunrise", &text(2_201)).then_rejected_as(Class::Invalid, "text_too_long");
    assert_eq!(rejection.to_string(), "the description has 2201 characters; shorten it to 2200 or fewer");
}

#[test]
fn an_id_in_use_is_refused() {
    for history in [vec![staged()], vec![staged(), deleted(AUTHOR, false)]] {
        given::<Clip>(history)
            .by(user(AUTHOR))
            .when(Command::StageClip { clip: clip(1), title: "again".into(), description: String::new() })
            .then_rejected_as(Class::Rejected, "already_exists");
    }
}
