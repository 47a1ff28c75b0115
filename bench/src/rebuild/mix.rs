//! A log with the proportions of LDBC's social network as it is mapped here: of a hundred events one post, 34 clips
//! staged and 34 published, 13 comments, 8 likes and 10 follows; texts as long as LDBC's are on average.

use std::sync::Arc;

use tidings_domain::{
    ClipId, CommentId, Encoded, Event, Position, PostId, StreamId, Target, Timestamp, UserId, clip, comment,
    follow, like, post,
};
use tidings_eventstore::{Batch, Commit, Head, Log, partition_of};
use uuid::Uuid;

use crate::Failure;

/// The most commits of a partition in one insert.
const TOGETHER: usize = 500;

/// Writes so many events into a log that is empty, one event a commit, straight through its port.
pub(crate) async fn fill(log: &dyn Log, events: u64) -> Result<(), Failure> {
    let partitions = log.shape().partitions;
    let mut heads = vec![Head::default(); usize::from(partitions)];
    let mut waiting: Vec<Vec<Arc<Commit>>> = vec![Vec::new(); usize::from(partitions)];
    for number in 0..events {
        let (stream, first_version, event, actor) = event(number, events);
        let partition = partition_of(&stream, partitions);
        let place = usize::from(partition);
        let recorded_at = Timestamp::from_millis(FIRST + i64::try_from(number / 10)?);
        let mut commit = Commit {
            position: Position::new(partition, heads[place].number + 1),
            stream,
            first_version,
            events: vec![event],
            id: id(8, number),
            command: id(9, number),
            correlation: id(9, number),
            causation: None,
            actor: actor.0,
            occurred_at: None,
            recorded_at,
            hash: Default::default(),
        };
        commit.hash = commit.hash_after(heads[place].hash);
        heads[place] = Head::of(&commit);
        waiting[place].push(Arc::new(commit));
        if waiting[place].len() == TOGETHER {
            insert(log, &mut waiting).await?;
        }
    }
    insert(log, &mut waiting).await
}

async fn insert(log: &dyn Log, waiting: &mut [Vec<Arc<Commit>>]) -> Result<(), Failure> {
    let batch =
        |(partition, commits): (u16, &mut Vec<_>)| Batch { partition, commits: std::mem::take(commits) };
    let batches: Vec<Batch> =
        (0u16..).zip(waiting).filter(|(_, commits)| !commits.is_empty()).map(batch).collect();
    let stored = log.insert(&batches).await?;
    match batches.iter().zip(&stored).all(|(batch, stored)| batch.commits.len() == *stored) {
        true => Ok(()),
        false => Err("the log was not empty".into()),
    }
}

const FIRST: i64 = 1_767_225_600_000;

/// How many events there are to a user: in LDBC's data 16,867 to 222.
const EVENTS_A_USER: u64 = 76;

/// The event of this number, from 0; the same in every log of so many.
fn event(number: u64, of: u64) -> (StreamId, u64, Encoded, UserId) {
    let users = (of / EVENTS_A_USER).max(500);
    let (hundred, place) = (number / 100, number % 100);
    let actor = user(scattered(number) % users);
    let of_post = Target::Post(PostId(id(1, 100 * hundred.saturating_sub(scattered(number) % 40))));
    match place {
        0 => {
            let (post, text) = (PostId(id(1, number)), text(117));
            (post::stream(post), 1, post::Event::PostCreated { post, author: actor, text }.encode(), actor)
        }
        1..=34 => staged(number, users),
        35..=68 if hundred > 0 => published(number - 134, users),
        // There is nothing yet to be published.
        35..=68 => staged(number, users),
        69..=81 => {
            let comment = CommentId(id(2, number));
            let (author, text) = (actor, text(34));
            let event = comment::Event::CommentAdded { comment, author, target: of_post, parent: None, text };
            (comment::stream(comment), 1, event.encode(), actor)
        }
        82..=89 => {
            // Each in its turn: nobody likes the same post twice.
            let user = user((hundred * 8 + place) % users);
            let target = Target::Post(PostId(id(1, 100 * hundred)));
            (like::stream(user, target), 1, like::Event::Liked { user, target }.encode(), user)
        }
        _ => {
            let count = hundred * 10 + place - 90;
            let (follower, followee) = (user(count % users), user((count + 1 + count / users) % users));
            let event = follow::Event::Followed { follower, followee };
            (follow::stream(follower, followee), 1, event.encode(), follower)
        }
    }
}

/// A post of a log of so many events; any `number` does.
pub(crate) fn post(number: u64, events: u64) -> Uuid {
    id(1, 100 * (scattered(number) % (events / 100).max(1)))
}

fn staged(number: u64, users: u64) -> (StreamId, u64, Encoded, UserId) {
    let (clip, author) = (ClipId(id(4, number)), user(scattered(number) % users));
    let title = format!("photo{number}.jpg");
    let event = clip::Event::ClipStaged { clip, author, title, description: String::new() };
    (clip::stream(clip), 1, event.encode(), author)
}

/// Of the clip that was staged by the event of this number.
fn published(number: u64, users: u64) -> (StreamId, u64, Encoded, UserId) {
    let (clip, author) = (ClipId(id(4, number)), user(scattered(number) % users));
    let (media_key, renditions) = (format!("photo{number}.jpg"), vec!["720p".into()]);
    let event = clip::Event::ClipPublished { clip, author, media_key, duration_s: 15, renditions };
    (clip::stream(clip), 2, event.encode(), author)
}

fn text(length: usize) -> String {
    "tidings ".repeat(length / 8 + 1).chars().take(length).collect::<String>().trim_end().to_owned()
}

fn user(number: u64) -> UserId {
    UserId(id(3, number))
}

fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

/// A UUID version 7 that grows with `number`, ten a millisecond, as ids drawn one after another do.
fn id(kind: u64, number: u64) -> Uuid {
    let millis = FIRST.unsigned_abs() + number / 10;
    let tail = number.wrapping_mul(0xd134_2543_de82_ef95) >> 4;
    Uuid::from_u64_pair((millis << 16) | 0x7000 | (kind << 4) | (number % 10), (0x8 << 60) | tail)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_stream_goes_on_where_it_ended() {
        let mut versions: BTreeMap<StreamId, u64> = BTreeMap::new();
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for number in 0..200_000 {
            let (stream, version, event, _) = event(number, 200_000);
            let last = versions.entry(stream.clone()).or_default();
            assert_eq!(version, *last + 1, "event {number} of {stream}");
            *last = version;
            *kinds.entry(event.name.to_string()).or_default() += 1;
        }
        let share = |name: &str| kinds[name] as f64 / 2_000.0;
        for (name, percent) in
            [("PostCreated", 1.0), ("ClipStaged", 34.0), ("CommentAdded", 13.0), ("Liked", 8.0)]
        {
            assert!((share(name) - percent).abs() < 0.1, "{name}: {}", share(name));
        }
    }
}
