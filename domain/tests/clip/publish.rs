use tidings_domain::clip::{Clip, Command, Event, VideoState};
use tidings_domain::testing::sample::{clip, text, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::{Actor, Class};

use super::{AUTHOR, MODERATOR, OTHER, deleted, failed, published, staged};

fn publish_as(media_key: &str, duration_s: u32, renditions: &[&str]) -> Command {
    Command::PublishClip {
        clip: clip(1),
        media_key: media_key.into(),
        duration_s,
        renditions: renditions.iter().map(|&r| r.into()).collect(),
    }
}

fn publish(history: impl IntoIterator<Item = Event>, by: impl Into<Actor>) -> Outcome<Clip> {
    given::<Clip>(history).by(by).when(publish_as("media/1", 12, &["480p", "720p"]))
}

fn publish_staged(command: Command) -> Outcome<Clip> {
    given::<Clip>([staged()]).by(user(AUTHOR)).when(command)
}

#[test]
fn a_staged_clip_is_published() {
    let state = publish([staged()], user(AUTHOR)).then([published()]);
    assert!(matches!(state.video, VideoState::Published(_)));
}

#[test]
fn a_moderator_may_publish_for_the_author() {
    publish([staged()], Actor::moderator(user(MODERATOR))).then([published()]);
}

#[test]
fn a_repeated_callback_changes_nothing() {
    publish([staged(), published()], user(AUTHOR)).then_nothing();
}

#[test]
fn another_video_for_a_published_clip_is_refused() {
    for other in [
        publish_as("media/2", 12, &["480p", "720p"]),
        publish_as("media/1", 13, &["480p", "720p"]),
        publish_as("media/1", 12, &["480p"]),
    ] {
        given::<Clip>([staged(), published()])
            .by(user(AUTHOR))
            .when(other)
            .then_rejected_as(Class::Rejected, "already_published");
    }
}

#[test]
fn a_failed_clip_stays_failed() {
    publish([staged(), failed()], user(AUTHOR)).then_rejected_as(Class::Rejected, "already_failed");
}

#[test]
fn it_lasts_1_to_600_seconds() {
    for good in [1, 600] {
        assert_eq!(publish_staged(publish_as("media/1", good, &[])).events().len(), 1);
    }
    for bad in [0, 601, u32::MAX] {
        let rejection = publish_staged(publish_as("media/1", bad, &[]))
            .then_rejected_as(Class::Invalid, "duration_out_of_range");
        assert_eq!(rejection.to_string(), format!("the clip lasts {bad} s; it must last 1 to 600 s"));
    }
}

#[test]
fn its_texts_have_limits() {
    publish_staged(publish_as(" ", 12, &[])).then_rejected_as(Class::Invalid, "text_blank");
    publish_staged(publish_as(&text(501), 12, &[])).then_rejected_as(Class::Invalid, "text_too_long");
    publish_staged(publish_as("media/1", 12, &[""])).then_rejected_as(Class::Invalid, "text_blank");
    publish_staged(publish_as("media/1", 12, &["720p"; 17]))
        .then_rejected_as(Class::Invalid, "too_many_renditions");
}

#[test]
fn another_user_may_not() {
    publish([staged()], user(OTHER)).then_rejected_as(Class::Forbidden, "not_author_or_moderator");
}

#[test]
fn a_missing_clip_is_not_found() {
    publish([], user(AUTHOR)).then_rejected_as(Class::NotFound, "clip_not_found");
}

#[test]
fn a_deleted_clip_is_gone() {
    publish([staged(), deleted(AUTHOR, false)], user(AUTHOR)).then_rejected_as(Class::Gone, "clip_deleted");
}
