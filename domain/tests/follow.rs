use tidings_domain::Class;
use tidings_domain::follow::{Command, Event, Follow};
use tidings_domain::testing::sample::{followed, user};
use tidings_domain::testing::{Outcome, given};

fn follow(history: impl IntoIterator<Item = Event>) -> Outcome<Follow> {
    given::<Follow>(history).when(Command::Follow { follower: user(1), user: user(2) })
}

fn unfollow(history: impl IntoIterator<Item = Event>) -> Outcome<Follow> {
    given::<Follow>(history).when(Command::Unfollow { follower: user(1), user: user(2) })
}

fn unfollowed() -> Event {
    Event::Unfollowed { follower: user(1), followee: user(2) }
}

#[test]
fn a_user_is_followed() {
    assert!(follow([]).then([followed(user(1), user(2))]).following);
}

#[test]
fn a_repeated_follow_changes_nothing() {
    follow([followed(user(1), user(2))]).then_nothing();
}

#[test]
fn a_user_is_followed_no_more() {
    assert!(!unfollow([followed(user(1), user(2))]).then([unfollowed()]).following);
}

#[test]
fn a_repeated_unfollow_changes_nothing() {
    unfollow([followed(user(1), user(2)), unfollowed()]).then_nothing();
}

#[test]
fn unfollowing_whom_one_never_followed_changes_nothing() {
    unfollow([]).then_nothing();
}

#[test]
fn a_user_is_followed_again() {
    follow([followed(user(1), user(2)), unfollowed()]).then([followed(user(1), user(2))]);
}

#[test]
fn nobody_follows_oneself() {
    given::<Follow>([])
        .when(Command::Follow { follower: user(1), user: user(1) })
        .then_rejected_as(Class::Invalid, "follows_oneself");
}
