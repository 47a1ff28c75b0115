//! What each query answers.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

mod support;

use serde_json::{Value as Json, json};
use support::{History, ask, now, seen, try_ask};
use tidings_domain::testing::sample;
use tidings_domain::{Target, Visibility, clip, comment, like, post};
use tidings_projections::queries::{
    Query, QueryError, catalogue, parse_command_status, parse_commands, parse_processes,
};
use tidings_projections::sqlite::InMemory;

/// One field of each row of a list.
fn each<'j>(list: &'j Json, field: &str) -> Vec<&'j Json> {
    list.as_array().unwrap().iter().map(|row| &row[field]).collect()
}

/// All pages of a list, `limit` rows a page.
async fn pages(model: &InMemory, name: &str, mut data: Json, limit: usize) -> Vec<Json> {
    let mut rows = Vec::new();
    data["limit"] = limit.into();
    loop {
        let answer = try_ask(model, name, &data.to_string()).await.unwrap();
        let page: Vec<Json> = serde_json::from_str(&answer.data).unwrap();
        let full = page.len() == limit;
        rows.extend(page);
        match answer.next {
            Some(next) => {
                assert!(full, "a page before the last is full");
                data["cursor"] = next.into();
            }
            None => return rows,
        }
    }
}

fn user(n: u32) -> Json {
    json!(sample::user(n).to_string())
}

/// A small network: users 1 to 3, posts, comments, a clip.
fn network() -> History {
    let mut history = History::default();
    history.post(1, 1).post(2, 1).post(3, 2).clip(1, 2);
    history.comment(1, 3, sample::post(1), None).comment(2, 1, sample::post(1), Some(1));
    history.comment(3, 3, sample::clip(1), None);
    history.like(3, sample::post(1)).like(2, sample::post(1)).like(3, sample::post(2));
    history.like(1, sample::comment(2)).like(1, sample::clip(1));
    history.follow(3, 1).follow(3, 2).follow(1, 2);
    history.view(1, 1, true).view(1, 1, false).view(3, 1, true);
    history
}

#[tokio::test]
async fn a_post_is_found_by_its_id() {
    let model = seen(&network()).await;
    let post = ask(&model, "PostById", &json!({"post": sample::post(1)}).to_string()).await;
    assert_eq!((&post["author"], &post["text"]), (&user(1), &json!("hello")));
    assert_eq!((&post["likes"], &post["comments"], &post["edited_at"]), (&json!(2), &json!(2), &Json::Null));
    assert_eq!(post["created_at"], sample::time(0).to_string());
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_was_is_gone() {
    let mut history = network();
    let (author, by) = (sample::user(1), sample::user(9));
    history
        .add(post::stream(sample::post(1)), &post::Event::PostDeleted { post: sample::post(1), author, by });
    history
        .add(post::stream(sample::post(2)), &post::Event::PostHidden { post: sample::post(2), author, by });
    let (clip, author) = (sample::clip(1), sample::user(2));
    let visibility = Visibility::Private;
    history.add(clip::stream(clip), &clip::Event::ClipVisibilityChanged { clip, author, visibility });
    history.like(1, sample::post(77)).clip(2, 2);
    let deleted = clip::Event::ClipDeleted { clip: sample::clip(2), author, by, published: true };
    history.add(clip::stream(sample::clip(2)), &deleted);
    let model = seen(&history).await;
    for (name, data, code) in [
        ("PostById", json!({"post": sample::post(1)}), "gone"),
        ("PostById", json!({"post": sample::post(2)}), "gone"),
        ("PostById", json!({"post": sample::post(50)}), "not_found"),
        ("PostById", json!({"post": sample::post(77)}), "not_found"),
        ("ClipById", json!({"clip": sample::clip(1)}), "not_found"),
        ("ClipById", json!({"clip": sample::clip(2)}), "gone"),
    ] {
        let refusal = try_ask(&model, name, &data.to_string()).await.unwrap_err();
        assert_eq!(refusal.code(), code, "{name} {data}: {refusal}");
    }
    for (name, data) in [
        ("PostsByAuthor", json!({"author": sample::user(1)})),
        ("ClipsByAuthor", json!({"author": sample::user(2)})),
        ("TopClips", json!({"period": "all"})),
    ] {
        assert_eq!(ask(&model, name, &data.to_string()).await, json!([]), "{name}");
    }
    assert_eq!(each(&ask(&model, "RecentPosts", "{}").await, "post"), [&json!(sample::post(3))]);
}

#[tokio::test]
async fn posts_come_newest_first_with_their_newest_comments() {
    let mut history = network();
    (4..=6).for_each(|n| {
        history.comment(n, 2, sample::post(1), None);
    });
    let model = seen(&history).await;
    let posts = pages(&model, "PostsWithComments", json!({}), 2).await;
    let ids: Vec<_> = posts.iter().map(|p| p["post"].clone()).collect();
    assert_eq!(ids.len(), 3);
    let first = posts.iter().find(|p| p["post"] == json!(sample::post(1))).unwrap();
    assert_eq!(first["comment_count"], 5);
    let on_post = json!({"target": Target::from(sample::post(1)), "limit": 3}).to_string();
    assert_eq!(first["newest_comments"], ask(&model, "Comments", &on_post).await, "the first 3 of Comments");
    let recent = ask(&model, "RecentPosts", "{}").await;
    assert_eq!(each(&recent, "post"), ids.iter().collect::<Vec<_>>(), "the same order as RecentPosts");
    let third = posts.iter().find(|p| p["post"] == json!(sample::post(3))).unwrap();
    assert_eq!(third["newest_comments"], json!([]));
}

#[tokio::test]
async fn the_most_liked_come_first() {
    let model = seen(&network()).await;
    let liked = ask(&model, "PostsWithLikes", r#"{"min":1}"#).await;
    assert_eq!(each(&liked, "likes"), [2, 1]);
    assert_eq!(each(&ask(&model, "PostsWithLikes", r#"{"min":2}"#).await, "likes"), [2]);
    assert_eq!(pages(&model, "PostsWithLikes", json!({"min": 0}), 1).await.len(), 3);
}

#[tokio::test]
async fn comments_come_newest_or_most_liked_first_and_answers_by_their_comment() {
    let model = seen(&network()).await;
    let on_post = |order: &str| json!({"target": Target::from(sample::post(1)), "order": order}).to_string();
    let top = ask(&model, "Comments", &on_post("top")).await;
    assert_eq!(each(&top, "comment"), [&json!(sample::comment(2)), &json!(sample::comment(1))]);
    assert_eq!(each(&top, "replies"), [0, 1]);
    let newest = ask(&model, "Comments", &on_post("newest")).await;
    assert_eq!(newest.as_array().unwrap().len(), 2);
    let replies = ask(&model, "Replies", &json!({"comment": sample::comment(1)}).to_string()).await;
    assert_eq!(each(&replies, "comment"), [&json!(sample::comment(2))]);
    assert_eq!(each(&replies, "parent"), [&json!(sample::comment(1))]);
    let on_clip =
        ask(&model, "Comments", &json!({"target": Target::from(sample::clip(1))}).to_string()).await;
    assert_eq!(each(&on_clip, "author"), [&user(3)]);
}

#[tokio::test]
async fn a_removed_comment_is_not_listed_and_its_answers_stay() {
    let mut history = network();
    let (comment, author) = (sample::comment(1), sample::user(3));
    let target = sample::post(1).into();
    let removed = comment::Event::CommentRemoved { comment, author, target, parent: None, by: author };
    history.add(comment::stream(comment), &removed);
    let model = seen(&history).await;
    let left = ask(&model, "Comments", &json!({"target": target}).to_string()).await;
    assert_eq!(each(&left, "comment"), [&json!(sample::comment(2))]);
    let replies = ask(&model, "Replies", &json!({"comment": comment}).to_string()).await;
    assert_eq!(replies.as_array().unwrap().len(), 1);
    assert_eq!(ask(&model, "CounterAudit", "{}").await, json!([]));
}

#[tokio::test]
async fn a_clip_shows_its_counts_and_renditions() {
    let model = seen(&network()).await;
    let clip = ask(&model, "ClipById", &json!({"clip": sample::clip(1)}).to_string()).await;
    assert_eq!((&clip["state"], &clip["renditions"]), (&json!("published"), &json!(["480p", "720p"])));
    let counts = ["likes", "comments", "views", "unique_views", "shares"].map(|count| &clip[count]);
    assert_eq!(counts, [1, 1, 3, 2, 0]);
    let by_author = ask(&model, "ClipsByAuthor", &json!({"author": sample::user(2)}).to_string()).await;
    assert_eq!(by_author, json!([clip]));
}

#[tokio::test]
async fn the_top_clips_are_those_of_the_period() {
    let mut history = network();
    history.clip(2, 1).view(3, 2, true);
    let model = seen(&history).await;
    for (data, views) in [
        (json!({"period": "all"}), vec![3, 1]),
        (json!({"period": "day"}), vec![3, 1]),
        (json!({"period": "week", "on": "2026-01-07"}), vec![3, 1]),
        (json!({"period": "week", "on": "2026-01-08"}), vec![]),
        (json!({"period": "day", "on": "2025-12-31"}), vec![]),
        (json!({"period": "month", "on": "2026-01-30"}), vec![3, 1]),
    ] {
        let top = pages(&model, "TopClips", data.clone(), 1).await;
        let found: Vec<_> = top.iter().map(|clip| clip["views_in_period"].as_i64().unwrap()).collect();
        assert_eq!(found, views, "{data}");
    }
}

#[tokio::test]
async fn likes_are_listed_by_target_and_by_user() {
    let mut history = network();
    let (by, target) = (sample::user(2), sample::post(1).into());
    history.add(like::stream(by, target), &like::Event::Unliked { user: by, target });
    let model = seen(&history).await;
    let of = ask(&model, "LikesOf", &json!({"target": target}).to_string()).await;
    assert_eq!(each(&of, "user"), [&user(3)]);
    let liked = pages(&model, "LikedBy", json!({"user": sample::user(3)}), 1).await;
    let mut targets: Vec<_> = liked.iter().map(|like| like["target"].as_str().unwrap()).collect();
    targets.sort_unstable();
    assert_eq!(
        targets,
        [Target::from(sample::post(1)).to_string(), Target::from(sample::post(2)).to_string()]
    );
}

#[tokio::test]
async fn follows_are_known_from_both_sides() {
    let model = seen(&network()).await;
    let followers = ask(&model, "Followers", &json!({"user": sample::user(2)}).to_string()).await;
    let mut who = each(&followers, "user");
    who.sort_by_key(|user| user.to_string());
    assert_eq!(who, [&user(1), &user(3)]);
    let following = pages(&model, "Following", json!({"user": sample::user(3)}), 1).await;
    assert_eq!(following.len(), 2);
    let is = |a, b| json!({"follower": sample::user(a), "followee": sample::user(b)}).to_string();
    assert_eq!(ask(&model, "IsFollowing", &is(3, 1)).await["following"], true);
    let not = ask(&model, "IsFollowing", &is(1, 3)).await;
    assert_eq!(not, json!({"following": false, "followed_at": null}));
}

#[tokio::test]
async fn a_profile_counts_and_is_zero_for_the_unknown() {
    let model = seen(&network()).await;
    let profile = ask(&model, "Profile", &json!({"user": sample::user(3)}).to_string()).await;
    let expected = json!({"user": sample::user(3), "posts": 0, "clips": 0, "comments": 2, "followers": 0,
        "following": 2, "likes_given": 2});
    assert_eq!(profile, expected);
    let unknown = ask(&model, "Profile", &json!({"user": sample::user(99)}).to_string()).await;
    assert_eq!((&unknown["user"], &unknown["posts"]), (&user(99), &json!(0)));
}

#[tokio::test]
async fn a_home_feed_has_what_followed_users_published() {
    let model = seen(&network()).await;
    let feed = pages(&model, "HomeFeed", json!({"user": sample::user(3)}), 2).await;
    let kinds: Vec<_> = feed.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(feed.len(), 4, "posts 1 to 3 and the clip: {feed:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "clip").count(), 1);
    let times: Vec<_> = feed.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|one, next| one >= next), "{times:?}");
    let mine = ask(&model, "HomeFeed", &json!({"user": sample::user(1)}).to_string()).await;
    assert_eq!(each(&mine, "author"), [&user(2), &user(2)]);
    assert_eq!(ask(&model, "HomeFeed", &json!({"user": sample::user(2)}).to_string()).await, json!([]));
}

#[tokio::test]
async fn activity_is_what_one_user_published() {
    let model = seen(&network()).await;
    let activity = pages(&model, "Activity", json!({"user": sample::user(1)}), 2).await;
    let mut kinds: Vec<_> = activity.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["comment", "post", "post"]);
    let comment = activity.iter().find(|entry| entry["kind"] == "comment").unwrap();
    assert_eq!(comment["target"], json!(Target::from(sample::post(1))));
}

#[tokio::test]
async fn pages_neither_repeat_nor_lose_rows_while_others_are_inserted() {
    let mut history = History::default();
    (1..=50).for_each(|n| {
        history.post(n, 1);
    });
    let (mut projector, model) = support::projector(tidings_projections::social::group()).await;
    projector.apply(&history.events, now()).await.unwrap();
    let before = pages(&model, "RecentPosts", json!({}), 100).await;
    let (mut seen, mut cursor) = (Vec::new(), Json::Null);
    for n in 51.. {
        let mut data = json!({"limit": 7});
        if !cursor.is_null() {
            data["cursor"] = cursor;
        }
        let answer = try_ask(&model, "RecentPosts", &data.to_string()).await.unwrap();
        seen.extend(serde_json::from_str::<Vec<Json>>(&answer.data).unwrap());
        history.post(n, 1);
        projector.apply(&history.events, now()).await.unwrap();
        match answer.next {
            Some(next) => cursor = next.into(),
            None => break,
        }
    }
    let old: Vec<_> = seen.iter().filter(|post| before.contains(post)).cloned().collect();
    assert_eq!(old, before, "every post that was there is seen once, in order");
}

#[tokio::test]
async fn checkpoints_tell_how_far_the_read_model_is() {
    let history = network();
    let model = seen(&history).await;
    let checkpoints = ask(&model, "Checkpoints", "{}").await;
    let sum: i64 = each(&checkpoints, "number").iter().map(|n| n.as_i64().unwrap()).sum();
    assert_eq!((checkpoints.as_array().unwrap().len(), sum), (3, history.events.len() as i64));
}

#[tokio::test]
async fn the_audit_finds_every_wrong_counter() {
    let model = seen(&network()).await;
    assert_eq!(ask(&model, "CounterAudit", "{}").await, json!([]));
    let group = tidings_projections::social::group();
    for table in group.tables() {
        let counters: Vec<_> =
            table.columns.iter().filter(|c| c.ty == tidings_projections::Type::Counter).collect();
        for counter in counters {
            if table.name == "views" {
                continue; // What is counted, not a counter of rows.
            }
            let model = seen(&network()).await;
            let keys = format!("SELECT * FROM {}", table.name);
            let keys: &'static str = keys.leak();
            let select = tidings_projections::Select { sql: keys, params: vec![] };
            let rows =
                tidings_projections::Reader::select(&model, "social", &[], &select).await.unwrap().unwrap();
            let mut step = tidings_projections::Step::default();
            let key = rows.rows[0][..table.key.len()].to_vec();
            step.changes.row(table.name, key).add(counter.name, 1);
            tidings_projections::ReadModel::apply(&model, &group, &step).await.unwrap();
            let found = ask(&model, "CounterAudit", "{}").await;
            assert_eq!(found.as_array().unwrap().len().clamp(0, 1), 1, "{}.{}", table.name, counter.name);
        }
    }
}

fn refused(name: &str, data: &str) -> String {
    Query::parse(name, data, now()).unwrap_err().to_string()
}

#[test]
fn wrong_data_are_refused_by_field() {
    for (name, data, message) in [
        ("RecentPosts", r#"{"limit":101}"#, "RecentPosts: `limit`: 101 is not between 1 and 100"),
        ("RecentPosts", r#"{"limit":0}"#, "RecentPosts: `limit`: 0 is not between 1 and 100"),
        ("RecentPosts", r#"{"limit":"x"}"#, "RecentPosts: `limit`: invalid type: string \"x\", expected i64"),
        (
            "RecentPosts",
            r#"{"cursor":"%%%"}"#,
            "RecentPosts: `cursor`: this is no cursor; give `next` of the page before, unchanged",
        ),
        ("PostById", "{}", "PostById: `post` is missing"),
        ("PostById", r#"{"post":"x"}"#, "PostById: `post`: "),
        ("PostById", "[1]", "PostById: the data must be a JSON object"),
        ("PostById", r#"{"pots":"x"}"#, "PostById: `pots` is no field of it; did you mean `post`?"),
        ("TopClips", r#"{"period":"year"}"#, "TopClips: `period`: unknown variant `year`"),
        (
            "TopClips",
            r#"{"period":"day","on":"2026-13-01"}"#,
            "TopClips: `on`: not a day of the form 2026-11-21",
        ),
        (
            "Comments",
            r#"{"target":"comment-01930000-0000-7000-8000-00000000000b"}"#,
            "Comments: `target`: a comment has answers; ask for them with Replies",
        ),
        ("RecentPost", "{}", "there is no query `RecentPost`; did you mean `RecentPosts`?"),
    ] {
        let found = refused(name, data);
        assert!(found.starts_with(message), "{name} {data}\n  gives   {found}\n  not     {message}");
    }
}

#[tokio::test]
async fn the_cursor_of_another_list_is_refused() {
    let model = seen(&network()).await;
    let next = try_ask(&model, "RecentPosts", r#"{"limit":1}"#).await.unwrap().next.unwrap();
    let other = json!({"author": sample::user(1), "cursor": next}).to_string();
    let error = refused("PostsByAuthor", &other);
    assert!(error.contains("the cursor of another list; give that of PostsByAuthor"), "{error}");
}

#[test]
fn the_examples_of_the_catalogue_parse_and_its_fields_are_those_accepted() {
    for help in catalogue() {
        let parse = |data: &str| match help.name {
            "CommandStatus" => parse_command_status(data).map(drop),
            "Commands" => parse_commands(data).map(drop),
            "Processes" => parse_processes(data),
            name => Query::parse(name, data, now()).map(drop),
        };
        parse(help.example).unwrap_or_else(|e| panic!("{}: {e}", help.name));
        let example: serde_json::Map<String, Json> = serde_json::from_str(help.example).unwrap();
        for field in help.fields {
            // A wrong value is refused at the field, so it is read; a missing one only where it has no default.
            let mut wrong = example.clone();
            wrong.insert(field.name.into(), json!([{}]));
            let error = parse(&Json::Object(wrong).to_string()).unwrap_err();
            let at = |e: &QueryError| matches!(e, QueryError::Invalid { field: at, .. } if at == field.name);
            assert!(at(&error), "{}.{}: {error}", help.name, field.name);
            let mut without = example.clone();
            without.remove(field.name);
            let outcome = parse(&Json::Object(without).to_string());
            assert_eq!(outcome.is_ok(), field.default.is_some(), "{}.{}", help.name, field.name);
        }
        let mut more = example.clone();
        more.insert("surplus".into(), json!(1));
        assert!(parse(&Json::Object(more).to_string()).is_err(), "{} takes unknown fields", help.name);
    }
}

/// How SQLite answers a query, line by line.
async fn plan_of(model: &InMemory, query: &str, data: &str) -> Vec<String> {
    let query = Query::parse(query, data, now()).unwrap();
    let sql: &'static str = format!("EXPLAIN QUERY PLAN {}", query.select().sql).leak();
    let explain = tidings_projections::Select { sql, params: query.select().params.clone() };
    let plan = tidings_projections::Reader::select(model, "social", &[], &explain).await.unwrap().unwrap();
    plan.rows.iter().map(|row| format!("{:?}", row.last().unwrap())).collect()
}

#[tokio::test]
async fn the_audit_reads_each_table_once_for_each_counter_and_not_once_for_each_row() {
    let lines = plan_of(&seen(&network()).await, "CounterAudit", "{}").await;
    assert!(lines.iter().any(|line| line.contains("AUTOMATIC") && line.contains("LEFT-JOIN")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("SCAN") && line.contains("LEFT-JOIN")), "{lines:#?}");
}

#[tokio::test]
async fn no_query_but_the_audit_reads_a_whole_table() {
    let model = seen(&network()).await;
    // The table of checkpoints has a row for each group and partition.
    let not_tables = ["CommandStatus", "Commands", "Processes", "CounterAudit", "Checkpoints", "DeadLetters"];
    for help in catalogue().filter(|help| !not_tables.contains(&help.name)) {
        let mut datas = vec![help.example.to_owned()];
        if help.name == "Comments" {
            datas.push(help.example.replace("top", "newest"));
        }
        if help.name == "TopClips" {
            datas.push(r#"{"period":"all"}"#.into());
        }
        for data in datas {
            let lines = plan_of(&model, help.name, &data).await;
            if help.name == "HomeFeed" {
                let feed =
                    lines.iter().any(|line| line.contains("entries_feed (author=? AND feed=? AND (at"));
                assert!(feed, "comments are not looked at: {lines:#?}");
            }
            for line in &lines {
                let bounded = ["SCAN d\"", "SCAN p\""].iter().any(|derived| line.contains(derived));
                assert!(!line.contains("SCAN") || bounded, "{}: {lines:#?}", help.name);
            }
        }
    }
}
