//! The log of a social platform: for each ten events two posts, three comments, four likes and a follow.

use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{
    CommentId, Encoded, Event, PostId, StreamId, Target, UserId, comment, follow, like, post,
};
use tidings_eventstore::{Append, EventStore, Log, Options};
use tidings_world::{Handle, System};
use uuid::Uuid;

use crate::Failure;
use crate::event::created;

/// How many appends are under way while the log is made.
const TASKS: u64 = 4_000;
/// How long an append may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many users there are.
const USERS: u64 = 50_000;

/// Appends so many events to a log that is empty, one event a commit, in large group commits.
pub(crate) async fn fill(log: Arc<dyn Log>, events: u64) -> Result<(), Failure> {
    let world: Handle = Arc::new(System::new());
    let options = Options { batch: TASKS as usize, patience: PATIENCE, ..Options::default() };
    let store = EventStore::start(log, world, options);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in (task..events).step_by(TASKS as usize) {
                    store.append(append(number)).await?;
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// How many posts a log of so many events has.
pub(crate) fn posts(events: u64) -> u64 {
    events / 10 * 2 + (events % 10).min(2)
}

/// The id of the post of this number, from 0.
pub(crate) fn post_id(number: u64) -> PostId {
    PostId(id(1, number))
}

/// The event of this number, from 0; the same in every log.
fn append(number: u64) -> Append {
    let (ten, place) = (number / 10, number % 10);
    let actor = user(number % USERS);
    let target = Target::Post(earlier_post(ten, number));
    let (stream, event) = match place {
        0 | 1 => {
            let post = post_id(ten * 2 + place);
            (post::stream(post), created(post, actor))
        }
        2..=4 => {
            let comment = CommentId(id(2, number));
            (comment::stream(comment), added(comment, actor, target))
        }
        5..=8 => (like::stream(actor, target), like::Event::Liked { user: actor, target }.encode()),
        _ => {
            // Each time round the users, everyone follows somebody else.
            let followee = user((number + 1 + number / USERS) % USERS);
            (follow::stream(actor, followee), follow::Event::Followed { follower: actor, followee }.encode())
        }
    };
    of(stream, event, id(9, number), actor)
}

fn added(comment: CommentId, author: UserId, target: Target) -> Encoded {
    let text = "A comment of about the length that comments have.".into();
    comment::Event::CommentAdded { comment, author, target, parent: None, text }.encode()
}

fn of(stream: StreamId, event: Encoded, command: Uuid, actor: UserId) -> Append {
    Append {
        stream,
        expected: 0,
        events: vec![event],
        command,
        correlation: command,
        causation: None,
        actor: actor.0,
        occurred_at: None,
    }
}

/// One of the last two thousand posts. Nobody meets the same one twice: everyone acts once in `USERS` events.
fn earlier_post(ten: u64, number: u64) -> PostId {
    let back = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54;
    post_id((ten.saturating_sub(back) * 2) | (number & 1))
}

fn user(number: u64) -> UserId {
    UserId(id(3, number))
}

/// A UUID version 7 that grows with `number`, ten a millisecond, as ids drawn one after another do.
fn id(kind: u64, number: u64) -> Uuid {
    const FIRST_MILLIS: u64 = 1_767_225_600_000;
    let scattered = number.wrapping_mul(0xd134_2543_de82_ef95) >> 4;
    Uuid::from_u64_pair(
        ((FIRST_MILLIS + number / 10) << 16) | 0x7000 | (kind << 4) | (number % 10),
        (0x8 << 60) | scattered,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_stream_begins_twice() {
        let streams: BTreeSet<StreamId> = (0..200_000).map(|number| append(number).stream).collect();
        assert_eq!(streams.len(), 200_000);
    }

    #[test]
    fn posts_are_counted_right() {
        for events in [0, 1, 2, 9, 10, 25] {
            let of = (0..events).filter(|n| append(*n).stream.as_str().starts_with("post-")).count();
            assert_eq!(posts(events), of as u64, "{events}");
        }
    }
}
