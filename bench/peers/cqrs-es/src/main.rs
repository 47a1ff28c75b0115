//! Measures cqrs-es' own replay into three read models on PostgreSQL. Prints what Tidings' bench reads, as JSON.

mod mix;
mod own;
mod social;
mod views;

use std::collections::HashMap;
use std::time::{Instant, SystemTime};

use clap::{Parser, ValueEnum};
use cqrs_es::persist::QueryReplay;
use cqrs_es::{Aggregate, Query};
use postgres_es::{PostgresEventRepository, default_postgress_pool, postgres_cqrs};
use serde::de::DeserializeOwned;
use sqlx::postgres::PgConnectOptions;
use sqlx::types::Json;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use uuid::Uuid;

use mix::Event;
use social::{Clip, Comment, Follow, Like, Post};
use social::{ClipEvent, CommentEvent, FollowEvent, LikeEvent, PostEvent};
use views::{ClipView, PostView, ProfileView};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    /// The PostgreSQL server, as somebody who may make databases: postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, env = "TIDINGS_TEST_POSTGRES", hide_env_values = true)]
    postgres: String,
    /// Events of the log.
    #[arg(long, default_value_t = 20_000)]
    events: u64,
    /// What the read models are written by.
    #[arg(long, value_enum, default_value_t = Way::Own)]
    views: Way,
    /// Events that the replay reads ahead.
    #[arg(long, default_value_t = 1_000)]
    ahead: usize,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Way {
    /// The library's view repository: each event reads, updates and writes back a document.
    Repository,
    /// A query of one's own: each event is one statement.
    Own,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let there: PgConnectOptions = arguments.postgres.parse()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let database = format!("peer_cqrs_es_{now}_{}", std::process::id());
    let mut admin = PgConnection::connect_with(&there).await?;
    sqlx::raw_sql(&format!("CREATE DATABASE {database}")).execute(&mut admin).await?;
    let fresh = there.database(&database).to_url_lossy().to_string();
    // In a task of its own, so that the database goes even where the library panics.
    let measured = tokio::spawn(async move { measure(&arguments, &fresh).await }).await;
    sqlx::raw_sql(&format!("DROP DATABASE {database} WITH (FORCE)")).execute(&mut admin).await?;
    println!("{}", measured??);
    Ok(())
}

async fn measure(arguments: &Arguments, url: &str) -> Result<serde_json::Value, Failure> {
    let pool = default_postgress_pool(url).await;
    let (tables, rows) = match arguments.views {
        Way::Repository => (views::TABLES, views::ROWS),
        Way::Own => (own::TABLES, own::ROWS),
    };
    for sql in [EVENTS, tables] {
        sqlx::raw_sql(sql).execute(&pool).await?;
    }
    let mut expected = ReadModels::default();
    write(&pool, arguments.events, &mut expected).await?;
    // As after days of running: the planner knows the tables.
    sqlx::raw_sql("VACUUM ANALYZE").execute(&pool).await?;
    let began = Instant::now();
    rebuild(&pool, arguments).await?;
    let seconds = began.elapsed().as_secs_f64();
    let found = ReadModels::read(&pool, rows).await?;
    pool.close().await;
    let counted = found.events();
    Ok(serde_json::json!({
        "peer": "cqrs-es",
        "version": VERSION,
        "events": arguments.events,
        "counted": counted,
        "seconds": seconds,
        "events_per_s": counted as f64 / seconds,
        "rows_ok": found == expected,
    }))
}

/// Of cqrs-es and postgres-es, as Cargo.toml names it.
const VERSION: &str = "0.5.0";

/// The library's table of events, as its `db/init.sql` makes it.
const EVENTS: &str = "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL,
    sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL,
    payload json NOT NULL, metadata json NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence))";

/// Carries out one command an event, one after another.
async fn write(pool: &PgPool, events: u64, expected: &mut ReadModels) -> Result<(), Failure> {
    let posts = postgres_cqrs::<Post>(pool.clone(), vec![], ());
    let clips = postgres_cqrs::<Clip>(pool.clone(), vec![], ());
    let comments = postgres_cqrs::<Comment>(pool.clone(), vec![], ());
    let likes = postgres_cqrs::<Like>(pool.clone(), vec![], ());
    let follows = postgres_cqrs::<Follow>(pool.clone(), vec![], ());
    for number in 0..events {
        let (id, event) = mix::event(number, events);
        expected.take(&event);
        match event {
            Event::Post(event) => posts.execute(&id, event).await?,
            Event::Clip(event) => clips.execute(&id, event).await?,
            Event::Comment(event) => comments.execute(&id, event).await?,
            Event::Like(event) => likes.execute(&id, event).await?,
            Event::Follow(event) => follows.execute(&id, event).await?,
        }
    }
    Ok(())
}

/// Empties the read models and replays into them: side by side, but those that write the same table in turn, as a view
/// repository must.
async fn rebuild(pool: &PgPool, arguments: &Arguments) -> Result<(), Failure> {
    sqlx::raw_sql("TRUNCATE posts, clips, profiles").execute(pool).await?;
    let (ahead, own) = (arguments.ahead, || own::Statements(pool.clone()));
    let replayed = match arguments.views {
        Way::Repository => [
            tokio::spawn(posts(
                pool.clone(),
                ahead,
                views::posts(pool),
                views::comments(pool),
                views::likes(pool),
            )),
            tokio::spawn(replay::<Clip>(pool.clone(), ahead, views::clips(pool))),
            tokio::spawn(replay::<Follow>(pool.clone(), ahead, views::follows(pool))),
        ],
        Way::Own => [
            tokio::spawn(posts(pool.clone(), ahead, own(), own(), own())),
            tokio::spawn(replay::<Clip>(pool.clone(), ahead, own())),
            tokio::spawn(replay::<Follow>(pool.clone(), ahead, own())),
        ],
    };
    for one in replayed {
        one.await??;
    }
    Ok(())
}

async fn posts(
    pool: PgPool,
    ahead: usize,
    posts: impl Query<Post>,
    comments: impl Query<Comment>,
    likes: impl Query<Like>,
) -> Result<(), Failure> {
    replay(pool.clone(), ahead, posts).await?;
    replay(pool.clone(), ahead, comments).await?;
    replay(pool, ahead, likes).await
}

async fn replay<A: Aggregate<Error: Send + Sync + 'static>>(
    pool: PgPool,
    ahead: usize,
    query: impl Query<A>,
) -> Result<(), Failure> {
    let events = PostgresEventRepository::new(pool).with_streaming_channel_size(ahead);
    let mut replay = QueryReplay::new(events, query);
    replay.use_error_handler(Box::new(|error| panic!("{error}")));
    Ok(replay.replay_all().await?)
}

/// The rows of all read models.
#[derive(Default, PartialEq)]
struct ReadModels {
    posts: HashMap<Uuid, PostView>,
    clips: HashMap<Uuid, ClipView>,
    profiles: HashMap<Uuid, ProfileView>,
}

impl ReadModels {
    /// What an event must change, by hand.
    fn take(&mut self, event: &Event) {
        match event {
            Event::Post(PostEvent::PostCreated { post, author, text }) => {
                let row = self.posts.entry(*post).or_default();
                (row.author, row.text) = (Some(*author), text.clone());
            }
            Event::Comment(CommentEvent::CommentAdded { post, .. }) => {
                self.posts.entry(*post).or_default().comments += 1;
            }
            Event::Like(LikeEvent::Liked { post, .. }) => self.posts.entry(*post).or_default().likes += 1,
            Event::Clip(ClipEvent::ClipStaged { clip, author, title, description }) => {
                let row = self.clips.entry(*clip).or_default();
                (row.author, row.state) = (Some(*author), "staged".into());
                (row.title, row.description) = (title.clone(), description.clone());
            }
            Event::Clip(ClipEvent::ClipPublished { clip, media_key, duration_s, renditions, .. }) => {
                let row = self.clips.entry(*clip).or_default();
                (row.state, row.media_key) = ("published".into(), Some(media_key.clone()));
                (row.duration_s, row.renditions) = (Some(*duration_s), Some(renditions.clone()));
            }
            Event::Follow(FollowEvent::Followed { follower, followee }) => {
                self.profiles.entry(*follower).or_default().following += 1;
                self.profiles.entry(*followee).or_default().followers += 1;
            }
        }
    }

    async fn read(pool: &PgPool, [posts, clips, profiles]: [&str; 3]) -> Result<Self, Failure> {
        let (posts, clips) = (documents(pool, posts).await?, documents(pool, clips).await?);
        Ok(Self { posts, clips, profiles: documents(pool, profiles).await? })
    }

    /// How many events the rows hold.
    fn events(&self) -> u64 {
        let post = |row: &PostView| u64::from(row.author.is_some()) + row.likes + row.comments;
        let clip = |row: &ClipView| if row.state == "published" { 2 } else { 1 };
        let profile = |row: &ProfileView| row.followers;
        self.posts.values().map(post).sum::<u64>()
            + self.clips.values().map(clip).sum::<u64>()
            + self.profiles.values().map(profile).sum::<u64>()
    }
}

async fn documents<V: DeserializeOwned + Send + Unpin + 'static>(
    pool: &PgPool,
    sql: &str,
) -> Result<HashMap<Uuid, V>, Failure> {
    let rows: Vec<(Uuid, Json<V>)> = sqlx::query_as(sql).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(id, Json(row))| (id, row)).collect())
}
