use std::time::Duration;

use tidings_domain::process::{Answer, Attached, Cleanup, Overdue, ProcessManager, Question};
use tidings_domain::testing::sample::{
    clip, clip_published, clip_staged, comment, comment_added, liked, post, post_created, recorded, user,
};
use tidings_domain::testing::{given, on};
use tidings_domain::{
    Encoded, Subject, Target, clip as clips, comment as comments, like as likes, post as posts,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn deleted(author: u32) -> Answer {
    Answer::Subject(Subject { deleted: true, ..Subject::by(user(author)) })
}

#[test]
fn what_is_attached_to_a_deleted_post_goes_with_it() {
    let (post, author, by) = (post(1), user(1), user(9));
    let (to, commenter, fan) = (Target::from(post), comment(3), user(4));
    on(Cleanup, posts::stream(post), &posts::Event::PostDeleted { post, author, by })
        .asks(Question::Attached { to, author })
        .told(Answer::Attached(vec![Attached::Comment(commenter), Attached::Like(fan)]))
        .sends::<tidings_domain::SocialCommand>([
            (author, comments::Command::RemoveComment { comment: commenter }.into()),
            (fan, likes::Command::Unlike { user: fan, target: to }.into()),
        ]);
}

#[test]
fn what_is_attached_to_a_deleted_clip_or_a_removed_comment_goes_too() {
    let (author, by) = (user(1), user(1));
    let (clip, comment) = (clip(1), comment(1));
    on(Cleanup, clips::stream(clip), &clips::Event::ClipDeleted { clip, author, by, published: true })
        .asks(Question::Attached { to: clip.into(), author })
        .told(Answer::Attached(vec![]))
        .sends_nothing();
    let target = post(1).into();
    let removed = comments::Event::CommentRemoved { comment, author, target, parent: None, by };
    on(Cleanup, comments::stream(comment), &removed)
        .asks(Question::Attached { to: comment.into(), author })
        .told(Answer::Attached(vec![Attached::Like(user(5))]))
        .sends([(user(5), likes::Command::Unlike { user: user(5), target: comment.into() })]);
}

#[test]
fn what_comes_to_a_target_that_is_gone_goes_at_once() {
    let (to, fan) = (Target::from(post(1)), user(4));
    on(Cleanup, likes::stream(fan, to), &liked(fan, to))
        .asks(Question::Lives { what: Attached::Like(fan), to })
        .told(deleted(1))
        .sends([(fan, likes::Command::Unlike { user: fan, target: to })]);
    on(Cleanup, comments::stream(comment(2)), &comment_added(2, user(3), post(1)))
        .asks(Question::Lives { what: Attached::Comment(comment(2)), to })
        .told(deleted(1))
        .sends([(user(1), comments::Command::RemoveComment { comment: comment(2) })]);
}

#[test]
fn what_comes_to_a_target_that_lives_or_is_only_hidden_stays() {
    let (to, fan) = (Target::from(post(1)), user(4));
    for hidden in [false, true] {
        on(Cleanup, likes::stream(fan, to), &liked(fan, to))
            .told(Answer::Subject(Subject { hidden, ..Subject::by(user(1)) }))
            .sends_nothing();
    }
}

#[test]
fn its_commands_are_such_as_the_rules_allow() {
    // The target's author may remove the comments on what he deleted, or had deleted by a moderator.
    let subject = Subject { deleted: true, ..Subject::by(user(1)) };
    given::<comments::Comment>([comment_added(2, user(3), post(1))])
        .by(user(1))
        .knowing(posts::stream(post(1)), subject)
        .when(comments::Command::RemoveComment { comment: comment(2) })
        .then([comments::Event::CommentRemoved {
            comment: comment(2),
            author: user(3),
            target: post(1).into(),
            parent: None,
            by: user(1),
        }]);
    // A like is taken back whatever became of its target.
    let target = Target::from(post(1));
    given::<likes::Like>([liked(user(4), target)])
        .by(user(4))
        .when(likes::Command::Unlike { user: user(4), target })
        .then([likes::Event::Unliked { user: user(4), target }]);
}

#[test]
fn other_events_are_nothing_to_cleanup() {
    on(Cleanup, posts::stream(post(1)), &post_created(1, user(1))).asks_nothing();
    let target = Target::from(post(1));
    on(Cleanup, likes::stream(user(4), target), &likes::Event::Unliked { user: user(4), target })
        .asks_nothing();
}

#[test]
fn a_clip_that_is_still_staged_at_its_deadline_has_failed() {
    let (clip, author) = (clip(1), user(1));
    let overdue = Overdue::after(DAY);
    assert_eq!(overdue.delay(), DAY);
    let staged = || on(overdue, clips::stream(clip), &clip_staged(1, author));
    let reason = "not published within 86400 s".to_owned();
    staged()
        .asks(Question::Published { clip, author })
        .told(Answer::Subject(Subject { unpublished: true, ..Subject::by(author) }))
        .sends([(author, clips::Command::FailClip { clip, reason: reason.clone() })]);
    given::<clips::Clip>([clip_staged(1, author)])
        .by(author)
        .when(clips::Command::FailClip { clip, reason: reason.clone() })
        .then([clips::Event::ClipFailed { clip, author, reason }]);
    let gone = Subject { unpublished: true, deleted: true, ..Subject::by(author) };
    for subject in [Subject::by(author), gone] {
        staged().told(Answer::Subject(subject)).sends_nothing();
    }
    on(overdue, clips::stream(clip), &clip_published(1, author)).asks_nothing();
}

#[test]
fn an_event_that_cannot_be_read_is_an_error_and_not_passed_over() {
    let good = recorded(&post_created(1, user(1)), posts::stream(post(1)));
    for name in ["PostDeleted", "Liked", "CommentAdded", "ClipDeleted", "CommentRemoved"] {
        let event = Encoded { name: name.into(), schema: 1, data: "{}".into() };
        let broken = tidings_domain::Recorded { event, ..good.clone() };
        assert!(Cleanup.asks(&broken).is_err(), "{name}");
    }
    let event = Encoded { name: "ClipStaged".into(), schema: 1, data: "[]".into() };
    let broken = tidings_domain::Recorded { event, stream: clips::stream(clip(1)), ..good };
    assert!(Overdue::after(DAY).asks(&broken).is_err());
}
