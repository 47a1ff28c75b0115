//! The log: of a hundred events one post, 34 clips staged and 34 published, 13 comments, 8 likes and 10 follows, as in
//! `bench/src/rebuild/mix.rs`. A post's data are about 400 bytes.

use uuid::Uuid;

use crate::social::{ClipEvent, CommentEvent, FollowEvent, LikeEvent, PostEvent};

pub enum Event {
    Post(PostEvent),
    Clip(ClipEvent),
    Comment(CommentEvent),
    Like(LikeEvent),
    Follow(FollowEvent),
}

const FIRST: u64 = 1_767_225_600_000;
const EVENTS_A_USER: u64 = 76;

/// The event of this number, from 0, in a log of so many: the id of its aggregate, and itself.
pub fn event(number: u64, of: u64) -> (String, Event) {
    let users = (of / EVENTS_A_USER).max(500);
    let (hundred, place) = (number / 100, number % 100);
    let author = user(scattered(number) % users);
    let of_post = id(1, 100 * hundred.saturating_sub(scattered(number) % 40));
    match place {
        0 => {
            let post = id(1, number);
            (post.to_string(), Event::Post(PostEvent::PostCreated { post, author, text: text(300) }))
        }
        1..=34 => staged(number, users),
        35..=68 if hundred > 0 => published(number - 134, users),
        // There is nothing yet to be published.
        35..=68 => staged(number, users),
        69..=81 => {
            let comment = id(2, number);
            let event = CommentEvent::CommentAdded { comment, author, post: of_post, text: text(34) };
            (comment.to_string(), Event::Comment(event))
        }
        82..=89 => {
            // Each in its turn: nobody likes the same post twice.
            let (user, post) = (user((hundred * 8 + place) % users), id(1, 100 * hundred));
            (format!("{user}-{post}"), Event::Like(LikeEvent::Liked { user, post }))
        }
        _ => {
            let count = hundred * 10 + place - 90;
            let (follower, followee) = (user(count % users), user((count + 1 + count / users) % users));
            (format!("{follower}-{followee}"), Event::Follow(FollowEvent::Followed { follower, followee }))
        }
    }
}

fn staged(number: u64, users: u64) -> (String, Event) {
    let (clip, author) = (id(4, number), user(scattered(number) % users));
    let (title, description) = (format!("photo{number}.jpg"), String::new());
    (clip.to_string(), Event::Clip(ClipEvent::ClipStaged { clip, author, title, description }))
}

/// Of the clip that was staged by the event of this number.
fn published(number: u64, users: u64) -> (String, Event) {
    let (clip, author) = (id(4, number), user(scattered(number) % users));
    let (media_key, renditions) = (format!("photo{number}.jpg"), vec!["720p".into()]);
    let event = ClipEvent::ClipPublished { clip, author, media_key, duration_s: 15, renditions };
    (clip.to_string(), Event::Clip(event))
}

fn text(length: usize) -> String {
    "tidings ".repeat(length / 8 + 1).chars().take(length).collect::<String>().trim_end().to_owned()
}

fn user(number: u64) -> Uuid {
    id(3, number)
}

fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

/// A UUID version 7 that grows with `number`, ten a millisecond.
fn id(kind: u64, number: u64) -> Uuid {
    let tail = number.wrapping_mul(0xd134_2543_de82_ef95) >> 4;
    let high = ((FIRST + number / 10) << 16) | 0x7000 | (kind << 4) | (number % 10);
    Uuid::from_u64_pair(high, (0x8 << 60) | tail)
}
