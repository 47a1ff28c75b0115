//! The same read models as a query of one's own: one statement an event, against tables with columns.

use async_trait::async_trait;
use cqrs_es::{EventEnvelope, Query};
use sqlx::PgPool;
use sqlx::types::Json;

use crate::social::{
    Clip, ClipEvent, Comment, CommentEvent, Follow, FollowEvent, Like, LikeEvent, Post, PostEvent,
};

pub struct Statements(pub PgPool);

pub const TABLES: &str = "
CREATE TABLE posts (post uuid PRIMARY KEY, author uuid, text text NOT NULL DEFAULT '',
    likes bigint NOT NULL DEFAULT 0, comments bigint NOT NULL DEFAULT 0);
CREATE TABLE clips (clip uuid PRIMARY KEY, author uuid, title text NOT NULL, description text NOT NULL,
    state text NOT NULL, media_key text, duration_s bigint, renditions jsonb);
CREATE TABLE profiles (user_id uuid PRIMARY KEY, followers bigint NOT NULL DEFAULT 0,
    following bigint NOT NULL DEFAULT 0);";

/// Id and document of every row.
pub const ROWS: [&str; 3] = [
    "SELECT post, to_json(posts) FROM posts",
    "SELECT clip, to_json(clips) FROM clips",
    "SELECT user_id, to_json(profiles) FROM profiles",
];

const CREATED: &str = "INSERT INTO posts (post, author, text) VALUES ($1, $2, $3)
    ON CONFLICT (post) DO UPDATE SET author = EXCLUDED.author, text = EXCLUDED.text";
const COMMENTED: &str = "INSERT INTO posts (post, comments) VALUES ($1, 1)
    ON CONFLICT (post) DO UPDATE SET comments = posts.comments + 1";
const LIKED: &str = "INSERT INTO posts (post, likes) VALUES ($1, 1)
    ON CONFLICT (post) DO UPDATE SET likes = posts.likes + 1";
const STAGED: &str =
    "INSERT INTO clips (clip, author, title, description, state) VALUES ($1, $2, $3, $4, 'staged')";
const PUBLISHED: &str =
    "UPDATE clips SET state = 'published', media_key = $2, duration_s = $3, renditions = $4
    WHERE clip = $1";
const FOLLOWED: &str = "INSERT INTO profiles (user_id, followers, following) VALUES ($1, 0, 1), ($2, 1, 0)
    ON CONFLICT (user_id) DO UPDATE SET followers = profiles.followers + EXCLUDED.followers,
        following = profiles.following + EXCLUDED.following";

macro_rules! query {
    ($aggregate:ident: $($pattern:pat => $statement:ident ($($value:expr),+)),+) => {
        #[async_trait]
        impl Query<$aggregate> for Statements {
            async fn dispatch(&self, _: &str, events: &[EventEnvelope<$aggregate>]) {
                for event in events {
                    let statement = match &event.payload {
                        $($pattern => sqlx::query($statement)$(.bind($value))+,)+
                    };
                    // A query cannot answer that it failed.
                    statement.execute(&self.0).await.expect("the statement works");
                }
            }
        }
    };
}

query!(Post: PostEvent::PostCreated { post, author, text } => CREATED(post, author, text));
query!(Comment: CommentEvent::CommentAdded { post, .. } => COMMENTED(post));
query!(Like: LikeEvent::Liked { post, .. } => LIKED(post));
query!(Follow: FollowEvent::Followed { follower, followee } => FOLLOWED(follower, followee));
query!(Clip:
    ClipEvent::ClipStaged { clip, author, title, description } => STAGED(clip, author, title, description),
    ClipEvent::ClipPublished { clip, media_key, duration_s, renditions, .. } =>
        PUBLISHED(clip, media_key, i64::from(*duration_s), Json(renditions)));
