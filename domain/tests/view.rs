use tidings_domain::testing::sample::{clip, clip_viewed, time, user};
use tidings_domain::testing::{Outcome, given};
use tidings_domain::view::{Command, Event, View};
use tidings_domain::{Class, Limits, Subject, Target, Timestamp, Visibility};

const VIEWER: u32 = 1;
const AUTHOR: u32 = 2;

fn the_clip() -> Subject {
    Subject::by(user(AUTHOR))
}

fn record(started_at: Timestamp, ended_at: Timestamp) -> Command {
    Command::RecordView { viewer: user(VIEWER), clip: clip(1), started_at, ended_at }
}

fn share() -> Command {
    Command::ShareClip { user: user(VIEWER), clip: clip(1) }
}

fn shared() -> Event {
    Event::ClipShared { user: user(VIEWER), clip: clip(1) }
}

fn view(history: impl IntoIterator<Item = Event>, command: Command) -> Outcome<View> {
    given::<View>(history).knowing(Target::from(clip(1)), the_clip()).when(command)
}

#[test]
fn the_first_view_of_a_viewer_is_marked() {
    assert!(view([], record(time(0), time(5))).then([clip_viewed(user(VIEWER), 1, true)]).viewed);
}

#[test]
fn every_later_view_counts_but_is_not_the_first() {
    view([clip_viewed(user(VIEWER), 1, true)], record(time(0), time(5))).then([clip_viewed(
        user(VIEWER),
        1,
        false,
    )]);
}

#[test]
fn a_share_is_no_view() {
    view([shared()], record(time(0), time(5))).then([clip_viewed(user(VIEWER), 1, true)]);
}

#[test]
fn two_seconds_are_enough() {
    assert_eq!(view([], record(time(0), time(2))).events().len(), 1);
}

#[test]
fn less_than_two_seconds_do_not_count() {
    let rejection =
        view([], record(time(0), time(2).plus_millis(-1))).then_rejected_as(Class::Invalid, "view_too_short");
    assert_eq!(rejection.to_string(), "the view lasted 1999 ms; one counts from 2000 ms on");
}

#[test]
fn another_least_length_can_be_set() {
    given::<View>([])
        .limited(Limits { view_millis: 10_000, ..Limits::default() })
        .knowing(Target::from(clip(1)), the_clip())
        .when(record(time(0), time(5)))
        .then_rejected("view_too_short");
}

#[test]
fn a_view_ends_after_its_start() {
    view([], record(time(5), time(5))).then_rejected_as(Class::Invalid, "view_ends_before_start");
    view([], record(time(5), time(0))).then_rejected_as(Class::Invalid, "view_ends_before_start");
}

#[test]
fn a_share_counts_each_time() {
    view([], share()).then([shared()]);
    view([shared()], share()).then([shared()]);
}

#[test]
fn a_missing_clip_is_not_found() {
    for command in [record(time(0), time(5)), share()] {
        given::<View>([]).when(command).then_rejected_as(Class::NotFound, "target_not_found");
    }
}

#[test]
fn a_deleted_clip_is_gone() {
    for command in [record(time(0), time(5)), share()] {
        given::<View>([])
            .knowing(Target::from(clip(1)), Subject { deleted: true, ..the_clip() })
            .when(command)
            .then_rejected_as(Class::Gone, "target_deleted");
    }
}

#[test]
fn a_clip_that_nobody_sees_is_refused() {
    for (subject, code) in [
        (Subject { unpublished: true, ..the_clip() }, "target_unpublished"),
        (Subject { visibility: Visibility::Private, ..the_clip() }, "target_private"),
    ] {
        for command in [record(time(0), time(5)), share()] {
            given::<View>([])
                .knowing(Target::from(clip(1)), subject.clone())
                .when(command)
                .then_rejected_as(Class::Rejected, code);
        }
    }
}
