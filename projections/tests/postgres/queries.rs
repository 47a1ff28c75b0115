//! One seeded history in both stores: every query has the same answer, and whoever may only read can ask it.

use std::sync::Arc;

use serde_json::json;
use tidings_domain::testing::sample;
use tidings_domain::{Position, Target};
use tidings_projections::postgres::{PostgresReadModel, PostgresReader, PostgresUrl, Rebuild, make_reader};
use tidings_projections::queries::{Query, catalogue};
use tidings_projections::{Projector, ReadModel, Reader, Select, social};

use crate::database::Database;
use crate::support::{History, PARTITIONS, World, now, random_step, seen};

/// What much happens in, the same each time.
fn history() -> History {
    let (mut history, mut world) = (History::default(), World::default());
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    for _ in 0..600 {
        random_step(&mut history, &mut world, (next() as u8, next(), next(), next()));
    }
    history
}

/// Every query, with data of each kind.
fn asked() -> Vec<(&'static str, String)> {
    let mut asked = Vec::new();
    let mut ask = |name, data: serde_json::Value| asked.push((name, data.to_string()));
    for n in 0..5 {
        let (user, post, clip) = (sample::user(n), sample::post(n), sample::clip(n));
        ask("PostById", json!({ "post": post }));
        ask("ClipById", json!({ "clip": clip }));
        for name in ["PostsByAuthor", "ClipsByAuthor"] {
            ask(name, json!({ "author": user, "limit": 3 }));
        }
        for name in ["LikedBy", "Followers", "Following", "Profile", "HomeFeed", "Activity"] {
            ask(name, json!({ "user": user }));
        }
        ask("IsFollowing", json!({ "follower": user, "followee": sample::user(1) }));
        ask("Replies", json!({ "comment": sample::comment(4 * n) }));
        for target in [Target::Post(post), Target::Clip(clip)] {
            ask("Comments", json!({ "target": target, "order": "newest" }));
            ask("Comments", json!({ "target": target, "order": "top" }));
            ask("LikesOf", json!({ "target": target }));
        }
    }
    let of_nobody = [
        "RecentPosts",
        "PostsWithComments",
        "PostsWithLikes",
        "CounterAudit",
        "Checkpoints",
        "Parked",
        "StrangeRecords",
        "DeadLetters",
    ];
    for name in of_nobody {
        ask(name, json!({}));
    }
    for period in ["day", "week", "month", "all"] {
        ask("TopClips", json!({ "period": period, "on": "2026-01-05" }));
    }
    asked
}

/// All pages of a query.
async fn answers(reader: &dyn Reader, name: &str, data: &str) -> Vec<String> {
    let mut data: serde_json::Value = serde_json::from_str(data).unwrap();
    let mut answers = Vec::new();
    loop {
        let query = Query::parse(name, &data.to_string(), now()).unwrap();
        let rows = reader.select("social", &[], query.select()).await;
        match query.answer(rows.unwrap_or_else(|e| panic!("{name} {data}: {e}")).unwrap()) {
            Ok(answer) => {
                answers.push(answer.data);
                let Some(next) = answer.next else { return answers };
                data["cursor"] = next.into();
            }
            Err(refusal) => {
                answers.push(refusal.to_string());
                return answers;
            }
        }
    }
}

async fn project(database: &Database, history: &History) -> Projector {
    let model = Arc::new(PostgresReadModel::open(database.url()));
    let mut projector = Projector::attach(model, social::group(), PARTITIONS).await.unwrap();
    for batch in history.events.chunks(97) {
        projector.apply(batch, sample::time(0)).await.unwrap();
    }
    projector
}

#[tokio::test]
async fn every_query_answers_as_with_sqlite() {
    let (database, history) = (Database::create().await, history());
    project(&database, &history).await;
    let (sqlite, postgres) = (seen(&history).await, PostgresReader::open(database.url()));
    let mut names: Vec<&str> = Vec::new();
    let mut long = 0;
    for (name, data) in asked() {
        let wanted = answers(&sqlite, name, &data).await;
        assert_eq!(answers(&postgres, name, &data).await, wanted, "{name} {data}");
        names.push(name);
        long += usize::from(wanted.concat().len() > 2);
    }
    let all = catalogue()
        .map(|help| help.name)
        .filter(|name| !["CommandStatus", "Commands", "Processes"].contains(name));
    all.for_each(|name| assert!(names.contains(&name), "{name} is asked"));
    assert!(long > 35, "many answers hold something: {long}");
}

#[tokio::test]
async fn who_may_only_read_answers_every_query_and_cannot_write() {
    let (database, history) = (Database::create().await, history());
    let role = format!("{}_reader", database.name);
    make_reader(&database.url(), &role, Some("it's secret")).await.unwrap();
    project(&database, &history).await;
    let url: PostgresUrl =
        database.text().replacen("postgres@", &format!("{role}:it's%20secret@"), 1).parse().unwrap();
    let outcome = async {
        for generation in [1, 2] {
            let reader = PostgresReader::open(url.clone());
            reader.check().await.unwrap();
            for (name, data) in asked() {
                answers(&reader, name, &data).await;
            }
            let client =
                crate::database::connect(&database.text().replacen("postgres@", &format!("{role}@"), 1))
                    .await;
            client.query_one("SELECT count(*) FROM tidings.posts", &[]).await.unwrap();
            for sql in [
                format!("DELETE FROM tidings_{generation}.posts"),
                format!("UPDATE tidings_{generation}.checkpoints SET number = 0"),
                "UPDATE tidings.current SET generation = 7".into(),
                "DELETE FROM tidings.posts".into(),
                "CREATE TABLE tidings.mine (n int)".into(),
                format!("CREATE TABLE tidings_{generation}.mine (n int)"),
            ] {
                let error = client.batch_execute(&sql).await.expect_err(&sql);
                assert_eq!(error.code().unwrap().code(), "42501", "{sql}");
            }
            let mut rebuild = Rebuild::lock(database.url()).await.unwrap();
            let shadow = rebuild.begin().await.unwrap();
            shadow.attach(&social::group(), PARTITIONS.into()).await.unwrap();
            shadow.settle().await.unwrap();
            crate::swap(rebuild).await;
        }
    };
    outcome.await;
    drop(url);
    let owned = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.client().await.batch_execute(&owned).await.unwrap();
}

#[tokio::test]
async fn a_reader_cannot_write_whoever_it_is() {
    let database = Database::create().await;
    let model = PostgresReadModel::open(database.url());
    model.attach(&social::group(), 2.into()).await.unwrap();
    let reader = PostgresReader::open(database.url());
    for sql in [
        "DELETE FROM checkpoints RETURNING 1",
        "SELECT nextval('s')",
        "SELECT pg_notify('a', lo_create(7)::text)",
    ] {
        let outcome = reader.select("social", &[], &Select { sql, params: vec![] }).await;
        assert!(outcome.is_err(), "{sql}: {outcome:?}");
    }
    assert_eq!(model.checkpoint("social").await.unwrap().numbers, [0, 0]);
}

#[tokio::test]
async fn what_holds_nul_finds_nothing_and_breaks_nothing() {
    let database = Database::create().await;
    PostgresReadModel::open(database.url()).attach(&social::group(), 2.into()).await.unwrap();
    let reader = PostgresReader::open(database.url());
    let select = Select { sql: "SELECT target FROM likes WHERE target = $1", params: vec!["a\0".into()] };
    let found = reader.select("a\0b", &[Position::new(0, 0)], &select).await.unwrap();
    assert_eq!(found.unwrap().rows.len(), 0);
}
