//! The read models as cqrs-es documents them: a view is a document in a `PostgresViewRepository`, which a
//! `GenericQuery` reads, updates and writes back at each event.

use std::slice;

use async_trait::async_trait;
use cqrs_es::persist::GenericQuery;
use cqrs_es::{Aggregate, EventEnvelope, Query, View};
use postgres_es::PostgresViewRepository;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use crate::social::{
    Clip, ClipEvent, Comment, CommentEvent, Follow, FollowEvent, Like, LikeEvent, Post, PostEvent,
};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PostView {
    pub author: Option<Uuid>,
    pub text: String,
    pub likes: u64,
    pub comments: u64,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClipView {
    pub author: Option<Uuid>,
    pub title: String,
    pub description: String,
    pub state: String,
    pub media_key: Option<String>,
    pub duration_s: Option<u32>,
    pub renditions: Option<Vec<String>>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfileView {
    pub followers: u64,
    pub following: u64,
}

/// The profile of who follows.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Follower(pub ProfileView);

/// The profile of who is followed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Followee(pub ProfileView);

impl View<Post> for PostView {
    fn update(&mut self, event: &EventEnvelope<Post>) {
        let PostEvent::PostCreated { author, text, .. } = &event.payload;
        (self.author, self.text) = (Some(*author), text.clone());
    }
}

impl View<Comment> for PostView {
    fn update(&mut self, _: &EventEnvelope<Comment>) {
        self.comments += 1;
    }
}

impl View<Like> for PostView {
    fn update(&mut self, _: &EventEnvelope<Like>) {
        self.likes += 1;
    }
}

impl View<Clip> for ClipView {
    fn update(&mut self, event: &EventEnvelope<Clip>) {
        match &event.payload {
            ClipEvent::ClipStaged { author, title, description, .. } => {
                (self.author, self.state) = (Some(*author), "staged".into());
                (self.title, self.description) = (title.clone(), description.clone());
            }
            ClipEvent::ClipPublished { media_key, duration_s, renditions, .. } => {
                (self.state, self.media_key) = ("published".into(), Some(media_key.clone()));
                (self.duration_s, self.renditions) = (Some(*duration_s), Some(renditions.clone()));
            }
        }
    }
}

impl View<Follow> for Follower {
    fn update(&mut self, _: &EventEnvelope<Follow>) {
        self.0.following += 1;
    }
}

impl View<Follow> for Followee {
    fn update(&mut self, _: &EventEnvelope<Follow>) {
        self.0.followers += 1;
    }
}

/// A view of other things than the aggregate whose events change it.
pub struct Elsewhere<V: View<A>, A: Aggregate> {
    query: GenericQuery<PostgresViewRepository<V, A>, V, A>,
    of: fn(&A::Event) -> Uuid,
}

#[async_trait]
impl<V: View<A>, A: Aggregate> Query<A> for Elsewhere<V, A>
where
    A::Event: Send + Sync,
{
    async fn dispatch(&self, _: &str, events: &[EventEnvelope<A>]) {
        for event in events {
            let view = (self.of)(&event.payload).to_string();
            self.query.dispatch(&view, slice::from_ref(event)).await;
        }
    }
}

/// One event that changes two views.
pub struct Both<A, B>(A, B);

#[async_trait]
impl<A: Query<Follow>, B: Query<Follow>> Query<Follow> for Both<A, B> {
    async fn dispatch(&self, id: &str, events: &[EventEnvelope<Follow>]) {
        self.0.dispatch(id, events).await;
        self.1.dispatch(id, events).await;
    }
}

pub const TABLES: &str = "
CREATE TABLE posts (view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL,
    PRIMARY KEY (view_id));
CREATE TABLE clips (view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL,
    PRIMARY KEY (view_id));
CREATE TABLE profiles (view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL,
    PRIMARY KEY (view_id));";

/// Id and document of every row.
pub const ROWS: [&str; 3] = [
    "SELECT view_id::uuid, payload FROM posts",
    "SELECT view_id::uuid, payload FROM clips",
    "SELECT view_id::uuid, payload FROM profiles",
];

fn generic<V: View<A>, A: Aggregate>(
    table: &str,
    pool: &PgPool,
) -> GenericQuery<PostgresViewRepository<V, A>, V, A> {
    let mut query = GenericQuery::new(PostgresViewRepository::new(table, pool.clone()).into());
    query.use_error_handler(Box::new(|error| panic!("{error}")));
    query
}

pub fn posts(pool: &PgPool) -> impl Query<Post> + use<> {
    generic::<PostView, Post>("posts", pool)
}

pub fn comments(pool: &PgPool) -> impl Query<Comment> + use<> {
    let of = |CommentEvent::CommentAdded { post, .. }: &_| *post;
    Elsewhere { query: generic::<PostView, Comment>("posts", pool), of }
}

pub fn likes(pool: &PgPool) -> impl Query<Like> + use<> {
    let of = |LikeEvent::Liked { post, .. }: &_| *post;
    Elsewhere { query: generic::<PostView, Like>("posts", pool), of }
}

pub fn clips(pool: &PgPool) -> impl Query<Clip> + use<> {
    generic::<ClipView, Clip>("clips", pool)
}

pub fn follows(pool: &PgPool) -> impl Query<Follow> + use<> {
    let (follower, followee) = (generic("profiles", pool), generic("profiles", pool));
    Both(
        Elsewhere::<Follower, _> { query: follower, of: |FollowEvent::Followed { follower, .. }| *follower },
        Elsewhere::<Followee, _> { query: followee, of: |FollowEvent::Followed { followee, .. }| *followee },
    )
}
