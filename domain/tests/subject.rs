use tidings_domain::testing::sample::{
    clip, clip_published, clip_staged, comment, comment_added, liked, post, post_created, user,
};
use tidings_domain::{
    DecodeError, Encoded, Event, Fact, Subject, Visibility, clip as clips, comment as comments, post as posts,
};

const AUTHOR: u32 = 1;

fn learnt<E: Event>(history: impl IntoIterator<Item = E>) -> Subject {
    let mut subject = Subject::default();
    for event in history {
        subject.learn(&event.encode()).unwrap();
    }
    subject
}

#[test]
fn nothing_is_known_of_what_was_never_there() {
    assert_eq!(Subject::default().author, None);
}

#[test]
fn a_post_is_known_by_its_author() {
    assert_eq!(learnt([post_created(1, user(AUTHOR))]), Subject::by(user(AUTHOR)));
}

#[test]
fn an_edit_says_nothing_to_others() {
    let edit = posts::Event::PostEdited { post: post(1), text: "x".into() };
    assert_eq!(learnt([post_created(1, user(AUTHOR)), edit]), Subject::by(user(AUTHOR)));
}

#[test]
fn a_post_is_hidden_and_shown_again() {
    let (post, author, by) = (post(1), user(AUTHOR), user(9));
    let hidden = posts::Event::PostHidden { post, author, by };
    let unhidden = posts::Event::PostUnhidden { post, author, by };
    assert!(learnt([post_created(1, author), hidden.clone()]).hidden);
    assert!(!learnt([post_created(1, author), hidden, unhidden]).hidden);
}

#[test]
fn the_author_of_a_deleted_post_stays_known() {
    let deleted = posts::Event::PostDeleted { post: post(1), author: user(AUTHOR), by: user(9) };
    let subject = learnt([post_created(1, user(AUTHOR)), deleted]);
    assert_eq!((subject.deleted, subject.author), (true, Some(user(AUTHOR))));
}

#[test]
fn a_clip_is_unpublished_until_its_video_is_there() {
    let (clip, author) = (clip(1), user(AUTHOR));
    let failed = clips::Event::ClipFailed { clip, author, reason: "x".into() };
    assert!(learnt([clip_staged(1, author)]).unpublished);
    assert!(learnt([clip_staged(1, author), failed]).unpublished);
    assert_eq!(learnt([clip_staged(1, author), clip_published(1, author)]), Subject::by(author));
}

#[test]
fn a_clip_is_seen_by_whom_its_author_wants() {
    let (clip, author) = (clip(1), user(AUTHOR));
    for visibility in [Visibility::Unlisted, Visibility::Private] {
        let changed = clips::Event::ClipVisibilityChanged { clip, author, visibility };
        assert_eq!(learnt([clip_staged(1, author), changed]).visibility, visibility);
    }
}

#[test]
fn a_deleted_clip_is_known_to_be_gone() {
    let (clip, author) = (clip(1), user(AUTHOR));
    let deleted = clips::Event::ClipDeleted { clip, author, by: author, published: false };
    assert!(learnt([clip_staged(1, author), deleted]).deleted);
}

#[test]
fn a_comment_is_known_with_its_target() {
    let (author, target) = (user(AUTHOR), post(1).into());
    let subject = learnt([comment_added(1, author, target)]);
    assert_eq!(subject, Subject { target: Some(target), ..Subject::by(author) });
    let removed =
        comments::Event::CommentRemoved { comment: comment(1), author, target, parent: None, by: author };
    assert!(learnt([comment_added(1, author, target), removed]).deleted);
}

#[test]
fn a_comment_of_the_first_schema_is_known_too() {
    let data =
        format!(r#"{{"comment":"{}","author":"{}","post":"{}","text":"x"}}"#, comment(1), user(1), post(1));
    let mut subject = Subject::default();
    subject.learn(&Encoded { name: "CommentAdded".into(), schema: 1, data }).unwrap();
    assert_eq!(subject.target, Some(post(1).into()));
}

#[test]
fn events_of_other_kinds_are_passed_over() {
    assert_eq!(learnt([liked(user(1), post(1))]), Subject::default());
    let unknown = Encoded { name: "SomethingElse".into(), schema: 7, data: "no JSON".into() };
    assert_eq!(Subject::default().learn(&unknown), Ok(()));
}

#[test]
fn an_event_that_it_should_know_but_cannot_read_is_an_error() {
    let newer = Encoded { name: "PostCreated".into(), schema: 99, data: "{}".into() };
    assert!(matches!(Subject::default().learn(&newer), Err(DecodeError::Newer { found: 99, known: 1, .. })));
}
