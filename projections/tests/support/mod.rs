//! What the tests of this crate share: histories of social events, and read models to work them into.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part; a test may unwrap")]

use std::collections::BTreeMap;
use std::sync::Arc;

use tidings_domain::testing::sample;
use tidings_domain::{
    Encoded, Event, Position, Recorded, StreamId, Target, Timestamp, Visibility, clip, comment, follow, like,
    post, view,
};
use tidings_projections::queries::{Answer, Query, Refusal};
use tidings_projections::sqlite::InMemory;
use tidings_projections::{Group, Projector, Reader, Select, Value, social};
use uuid::Uuid;

pub const PARTITIONS: u16 = 3;

/// A log of three partitions, one event a commit.
#[derive(Default)]
pub struct History {
    pub events: Vec<Arc<Recorded>>,
    numbers: BTreeMap<u16, u64>,
    versions: BTreeMap<StreamId, u64>,
}

impl History {
    pub fn add(&mut self, stream: StreamId, event: &impl Event) -> &mut Self {
        self.commit(stream, vec![event.encode()])
    }

    pub fn commit(&mut self, stream: StreamId, events: Vec<Encoded>) -> &mut Self {
        let partition = (stream.as_str().bytes().map(u32::from).sum::<u32>() % u32::from(PARTITIONS)) as u16;
        let number = self.numbers.entry(partition).or_default();
        *number += 1;
        let position = Position::new(partition, *number);
        let count = events.len() as u32;
        for (index, event) in (0..).zip(events) {
            let version = self.versions.entry(stream.clone()).or_default();
            *version += 1;
            let seconds = self.events.len() as u32;
            self.events.push(Arc::new(Recorded {
                position,
                index,
                count,
                stream: stream.clone(),
                version: *version,
                event,
                commit: Uuid::nil(),
                command: Uuid::nil(),
                correlation: Uuid::nil(),
                causation: None,
                actor: Uuid::nil(),
                occurred_at: seconds.is_multiple_of(3).then(|| sample::time(seconds / 2)),
                recorded_at: sample::time(1_000 + seconds),
            }));
        }
        self
    }

    pub fn post(&mut self, n: u32, author: u32) -> &mut Self {
        self.add(post::stream(sample::post(n)), &sample::post_created(n, sample::user(author)))
    }

    pub fn like(&mut self, user: u32, target: impl Into<Target>) -> &mut Self {
        let (user, target) = (sample::user(user), target.into());
        self.add(like::stream(user, target), &like::Event::Liked { user, target })
    }

    pub fn follow(&mut self, follower: u32, followee: u32) -> &mut Self {
        let (follower, followee) = (sample::user(follower), sample::user(followee));
        self.add(follow::stream(follower, followee), &follow::Event::Followed { follower, followee })
    }

    pub fn comment(
        &mut self,
        n: u32,
        author: u32,
        target: impl Into<Target>,
        parent: Option<u32>,
    ) -> &mut Self {
        let event = comment::Event::CommentAdded {
            comment: sample::comment(n),
            author: sample::user(author),
            target: target.into(),
            parent: parent.map(sample::comment),
            text: format!("comment {n}"),
        };
        self.add(comment::stream(sample::comment(n)), &event)
    }

    pub fn clip(&mut self, n: u32, author: u32) -> &mut Self {
        let stream = clip::stream(sample::clip(n));
        self.add(stream.clone(), &sample::clip_staged(n, sample::user(author)));
        self.add(stream, &sample::clip_published(n, sample::user(author)))
    }

    pub fn view(&mut self, viewer: u32, n: u32, first: bool) -> &mut Self {
        let viewer = sample::user(viewer);
        self.add(view::stream(viewer, sample::clip(n)), &sample::clip_viewed(viewer, n, first))
    }
}

/// The kinds of steps that a random history is made of; each keeps to the domain's rules.
pub fn random_step(history: &mut History, state: &mut World, choice: (u8, u32, u32, u32)) {
    let (kind, a, b, c) = (choice.0, choice.1 % 4, choice.2 % 4, choice.3 % 4);
    let target = || match c % 3 {
        0 => Target::Post(sample::post(b)),
        1 => Target::Clip(sample::clip(b)),
        _ => Target::Comment(sample::comment(b)),
    };
    let user = sample::user(a);
    match kind % 12 {
        0 if !state.posts.contains_key(&b) => {
            state.posts.insert(b, a);
            history.post(b, a);
        }
        1 if state.posts.contains_key(&b) && !state.gone.contains(&post::stream(sample::post(b))) => {
            let (post, author) = (sample::post(b), sample::user(state.posts[&b]));
            let event = match c {
                0 => {
                    state.gone.insert(post::stream(post));
                    post::Event::PostDeleted { post, author, by: author }
                }
                1 => post::Event::PostHidden { post, author, by: author },
                2 => post::Event::PostUnhidden { post, author, by: author },
                _ => post::Event::PostEdited { post, text: format!("edit by {a}") },
            };
            history.add(post::stream(post), &event);
        }
        2 | 3 => {
            let stream = like::stream(user, target());
            let event = if state.on.remove(&stream) {
                like::Event::Unliked { user, target: target() }
            } else {
                state.on.insert(stream.clone());
                like::Event::Liked { user, target: target() }
            };
            history.add(stream, &event);
        }
        4 | 5 if !state.comments.contains_key(&(b * 4 + c)) => {
            state.comments.insert(b * 4 + c, a);
            let on = if b.is_multiple_of(2) {
                Target::Post(sample::post(b))
            } else {
                Target::Clip(sample::clip(b))
            };
            history.comment(b * 4 + c, a, on, (c > 0).then_some(b * 4));
        }
        6 if state.comments.contains_key(&(b * 4 + c)) => {
            let n = b * 4 + c;
            let stream = comment::stream(sample::comment(n));
            if state.gone.insert(stream.clone()) {
                let on = if b.is_multiple_of(2) {
                    Target::Post(sample::post(b))
                } else {
                    Target::Clip(sample::clip(b))
                };
                let author = sample::user(state.comments[&n]);
                let parent = (c > 0).then(|| sample::comment(b * 4));
                let event = comment::Event::CommentRemoved {
                    comment: sample::comment(n),
                    author,
                    target: on,
                    parent,
                    by: author,
                };
                history.add(stream, &event);
            }
        }
        7 if !state.clips.contains_key(&b) => {
            state.clips.insert(b, a);
            history.clip(b, a);
        }
        8 if state.clips.contains_key(&b) && !state.gone.contains(&clip::stream(sample::clip(b))) => {
            let (clip, author) = (sample::clip(b), sample::user(state.clips[&b]));
            let event = match c {
                0 => {
                    state.gone.insert(clip::stream(clip));
                    clip::Event::ClipDeleted { clip, author, by: author, published: true }
                }
                1 => clip::Event::ClipVisibilityChanged { clip, author, visibility: Visibility::Private },
                2 => clip::Event::ClipVisibilityChanged { clip, author, visibility: Visibility::Public },
                _ => clip::Event::ClipEdited { clip, title: format!("by {a}"), description: String::new() },
            };
            history.add(clip::stream(clip), &event);
        }
        9 => {
            let stream = view::stream(user, sample::clip(b));
            if c == 0 {
                history.add(stream, &view::Event::ClipShared { user, clip: sample::clip(b) });
            } else {
                let first = state.viewed.insert(stream);
                history.view(a, b, first);
            }
        }
        10 | 11 if a != b => {
            let (follower, followee) = (user, sample::user(b));
            let stream = follow::stream(follower, followee);
            let event = if state.on.remove(&stream) {
                follow::Event::Unfollowed { follower, followee }
            } else {
                state.on.insert(stream.clone());
                follow::Event::Followed { follower, followee }
            };
            history.add(stream, &event);
        }
        _ => {}
    }
}

/// What a random history has so far.
#[derive(Default)]
pub struct World {
    posts: BTreeMap<u32, u32>,
    clips: BTreeMap<u32, u32>,
    comments: BTreeMap<u32, u32>,
    on: std::collections::BTreeSet<StreamId>,
    viewed: std::collections::BTreeSet<StreamId>,
    gone: std::collections::BTreeSet<StreamId>,
}

/// A projector on a new read model in memory.
pub async fn projector(group: Group) -> (Projector, InMemory) {
    let model = InMemory::new().unwrap();
    let projector = Projector::attach(Arc::new(model.clone()), group, PARTITIONS).await.unwrap();
    (projector, model)
}

/// A read model that has seen a history.
pub async fn seen(history: &History) -> InMemory {
    let (mut projector, model) = projector(social::group()).await;
    projector.apply(&history.events, sample::time(0)).await.unwrap();
    model
}

/// All rows of all social tables.
pub async fn dump(model: &InMemory) -> BTreeMap<&'static str, Vec<Vec<Value>>> {
    let mut tables = BTreeMap::new();
    for (table, sql) in [
        ("posts", "SELECT * FROM posts ORDER BY 1"),
        ("comments", "SELECT * FROM comments ORDER BY 1"),
        ("likes", "SELECT * FROM likes ORDER BY 1, 2"),
        ("clips", "SELECT * FROM clips ORDER BY 1"),
        ("clip_days", "SELECT * FROM clip_days ORDER BY 1, 2"),
        ("views", "SELECT * FROM views ORDER BY 1, 2"),
        ("follows", "SELECT * FROM follows ORDER BY 1, 2"),
        ("profiles", "SELECT * FROM profiles ORDER BY 1"),
        ("entries", "SELECT * FROM entries ORDER BY 1, 2"),
    ] {
        let select = Select { sql, params: vec![] };
        tables.insert(table, model.select("social", &[], &select).await.unwrap().unwrap().rows);
    }
    assert_eq!(tables.len(), social::group().tables().len(), "every table is compared");
    tables
}

/// Asks a query.
pub async fn try_ask(model: &InMemory, name: &str, data: &str) -> Result<Answer, Refusal> {
    let query = Query::parse(name, data, now()).unwrap();
    let rows = model.select("social", &[], query.select()).await.unwrap().unwrap();
    query.answer(rows)
}

/// Asks a query that has an answer.
pub async fn ask(model: &InMemory, name: &str, data: &str) -> serde_json::Value {
    serde_json::from_str(&try_ask(model, name, data).await.unwrap().data).unwrap()
}

pub fn now() -> Timestamp {
    sample::time(0)
}
