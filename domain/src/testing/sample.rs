//! The same samples every time: ids, times, texts and histories, told apart by a small number.

use uuid::{Builder, Uuid};

use crate::{
    ClipId, CommentId, Event, Position, PostId, Recorded, StreamId, Target, Timestamp, UserId, clip, comment,
    follow, like, post, view,
};

/// 2026-01-01T00:00:00Z.
const FIRST_MILLIS: u64 = 1_767_225_600_000;

/// A version 7 id of this kind and number; ids of one kind sort by number.
fn id(kind: u8, n: u32) -> Uuid {
    let mut rest = [0; 10];
    rest[0] = kind;
    rest[6..].copy_from_slice(&n.to_be_bytes());
    Builder::from_unix_timestamp_millis(FIRST_MILLIS + u64::from(n), &rest).into_uuid()
}

/// The `n`-th user.
pub fn user(n: u32) -> UserId {
    UserId(id(1, n))
}

/// The `n`-th post.
pub fn post(n: u32) -> PostId {
    PostId(id(2, n))
}

/// The `n`-th comment.
pub fn comment(n: u32) -> CommentId {
    CommentId(id(3, n))
}

/// The `n`-th clip.
pub fn clip(n: u32) -> ClipId {
    ClipId(id(4, n))
}

/// The `n`-th id of no kind, such as a command's.
pub fn uuid(n: u32) -> Uuid {
    id(0, n)
}

/// 2026-01-01T00:00:00Z and `seconds` later.
pub fn time(seconds: u32) -> Timestamp {
    Timestamp::from_millis(FIRST_MILLIS as i64).plus_millis(i64::from(seconds) * 1000)
}

/// A text of exactly this many Unicode scalars, with letters of several scripts and an emoji where it is long
/// enough; neither blank nor changed by NFC and trimming.
pub fn text(chars: usize) -> String {
    let tail = if chars > 1 { "." } else { "" };
    "Grüße, мир, 世界 🌍 ".chars().cycle().take(chars - tail.len()).chain(tail.chars()).collect()
}

/// A post that was created: post `n` of this author, saying "hello".
pub fn post_created(n: u32, author: UserId) -> post::Event {
    post::Event::PostCreated { post: post(n), author, text: "hello".into() }
}

/// A comment that was added: comment `n` of this author, in answer to nothing, saying "well said".
pub fn comment_added(n: u32, author: UserId, target: impl Into<Target>) -> comment::Event {
    comment::Event::CommentAdded {
        comment: comment(n),
        author,
        target: target.into(),
        parent: None,
        text: "well said".into(),
    }
}

/// A clip that was staged: clip `n` of this author, titled "sunrise".
pub fn clip_staged(n: u32, author: UserId) -> clip::Event {
    clip::Event::ClipStaged {
        clip: clip(n),
        author,
        title: "sunrise".into(),
        description: "from the roof".into(),
    }
}

/// The same clip published: 12 s, in two renditions.
pub fn clip_published(n: u32, author: UserId) -> clip::Event {
    clip::Event::ClipPublished {
        clip: clip(n),
        author,
        media_key: format!("media/{n}"),
        duration_s: 12,
        renditions: vec!["480p".into(), "720p".into()],
    }
}

/// A like.
pub fn liked(user: UserId, target: impl Into<Target>) -> like::Event {
    like::Event::Liked { user, target: target.into() }
}

/// A view of clip `n` of five seconds, from the sample time 0 on.
pub fn clip_viewed(viewer: UserId, n: u32, first: bool) -> view::Event {
    view::Event::ClipViewed { viewer, clip: clip(n), first, started_at: time(0), ended_at: time(5) }
}

/// A follow.
pub fn followed(follower: UserId, followee: UserId) -> follow::Event {
    follow::Event::Followed { follower, followee }
}

/// An event as the log has it: the first of its stream, alone in the first commit of partition 0, by user 1 at the
/// sample time 0.
pub fn recorded(event: &impl Event, stream: impl Into<StreamId>) -> Recorded {
    Recorded {
        position: Position::new(0, 1),
        index: 0,
        count: 1,
        stream: stream.into(),
        version: 1,
        event: event.encode(),
        commit: uuid(1),
        command: uuid(2),
        correlation: uuid(2),
        causation: None,
        actor: user(1).0,
        occurred_at: None,
        recorded_at: time(0),
    }
}
