//! An aggregate's history, and its state at any version.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use log::{Raw, event, event_of, store_of};
use serde_json::{Value, json};
use tidings_domain::testing::sample;
use tidings_domain::{Encoded, Event, Target, Visibility, clip, comment, follow, like, post, view};
use tidings_replay::{StateAt, StreamError, stream_at};

async fn at(raw: &Raw, stream: &str, version: Option<u64>) -> Result<(Vec<u64>, StateAt), StreamError> {
    let (store, mut told) = (store_of(raw.log().await), Vec::new());
    let state =
        stream_at(&store, &stream.parse().unwrap(), version, |event| told.push(event.version)).await?;
    Ok((told, state))
}

#[tokio::test]
async fn the_state_of_every_kind_is_told_at_every_version() {
    let (user, other, time) = (sample::user(1), sample::user(2), sample::time(0));
    let (post, clip, comment) = (sample::post(1), sample::clip(1), sample::comment(1));
    let target = Target::Post(post);
    let kinds: Vec<(String, Vec<Encoded>, Vec<Value>)> = vec![
        (
            post::stream(post).to_string(),
            vec![
                sample::post_created(1, user).encode(),
                post::Event::PostEdited { post, text: "new".into() }.encode(),
                post::Event::PostHidden { post, author: user, by: other }.encode(),
            ],
            vec![
                json!({ "hidden": false, "deleted": false }),
                json!({ "text": "new", "author": user, "hidden": false }),
                json!({ "hidden": true }),
            ],
        ),
        (
            comment::stream(comment).to_string(),
            vec![
                comment::Event::CommentAdded {
                    comment,
                    author: user,
                    target,
                    parent: None,
                    text: "a".into(),
                }
                .encode(),
                comment::Event::CommentRemoved { comment, author: user, target, parent: None, by: other }
                    .encode(),
            ],
            vec![
                json!({ "text": "a", "removed": false,
                        "origin": { "author": user, "target": target, "parent": null } }),
                json!({ "removed": true }),
            ],
        ),
        (
            like::stream(user, target).to_string(),
            vec![
                like::Event::Liked { user, target }.encode(),
                like::Event::Unliked { user, target }.encode(),
            ],
            vec![json!({ "liked": true }), json!({ "liked": false })],
        ),
        (
            clip::stream(clip).to_string(),
            vec![
                clip::Event::ClipStaged { clip, author: user, title: "t".into(), description: String::new() }
                    .encode(),
                clip::Event::ClipPublished {
                    clip,
                    author: user,
                    media_key: "m".into(),
                    duration_s: 3,
                    renditions: vec!["720p".into()],
                }
                .encode(),
                clip::Event::ClipVisibilityChanged { clip, author: user, visibility: Visibility::Private }
                    .encode(),
            ],
            vec![
                json!({ "video": "staged", "title": "t", "visibility": "public" }),
                json!({ "video": { "published": { "media_key": "m", "duration_s": 3, "renditions": ["720p"] } } }),
                json!({ "visibility": "private" }),
            ],
        ),
        (
            view::stream(user, clip).to_string(),
            vec![
                view::Event::ClipShared { user, clip }.encode(),
                view::Event::ClipViewed { viewer: user, clip, first: true, started_at: time, ended_at: time }
                    .encode(),
            ],
            vec![json!({ "viewed": false }), json!({ "viewed": true })],
        ),
        (
            follow::stream(user, other).to_string(),
            vec![follow::Event::Followed { follower: user, followee: other }.encode()],
            vec![json!({ "following": true })],
        ),
    ];
    let mut raw = Raw::random(4, 500);
    for (stream, events, _) in &kinds {
        // The first two in one commit, where there are more.
        let (first, rest) = events.split_at(events.len().min(2));
        raw.append(stream, first.to_vec());
        for event in rest {
            raw.append(stream, vec![event.clone()]);
        }
    }
    for (stream, events, states) in &kinds {
        let last = events.len() as u64;
        for (version, holds) in (1..).zip(states) {
            let (told, state) = at(&raw, stream, Some(version)).await.unwrap();
            assert_eq!((told, state.version, state.last), ((1..=version).collect(), version, last));
            let state = state.state.unwrap();
            for (name, value) in holds.as_object().unwrap() {
                assert_eq!(&state[name], value, "{name} of {stream} at {version}: {state}");
            }
        }
        assert_eq!(at(&raw, stream, None).await.unwrap(), at(&raw, stream, Some(last)).await.unwrap());
    }
}

#[tokio::test]
async fn a_history_of_many_pages_is_told_whole_and_in_order() {
    let mut raw = Raw::new(2);
    for n in 0..2_500 {
        let events = vec![event("Liked", LIKED); 1 + n % 2];
        raw.append("like-1", events);
    }
    let (told, state) = at(&raw, "like-1", None).await.unwrap();
    assert_eq!((told, state.last), ((1..=3_750).collect::<Vec<_>>(), 3_750));
    assert_eq!(at(&raw, "like-1", Some(2_001)).await.unwrap().0.len(), 2_001);
}

const LIKED: &str =
    r#"{"user":"01930000-0000-7000-8000-000000000001","target":"post-01930000-0000-7000-8000-000000000002"}"#;

#[tokio::test]
async fn what_is_not_there_is_told_and_an_event_that_cannot_be_read_ends_the_states_and_not_the_history() {
    let mut raw = Raw::new(2);
    raw.append("like-1", vec![event("Liked", LIKED), event_of("Liked", 9, LIKED), event("Unliked", LIKED)]);
    raw.append("lamp-1", vec![event("TurnedOn", "{}")]);
    let says = async |stream, version| at(&raw, stream, version).await.unwrap_err().to_string();
    assert!(
        says("lamp-1", None)
            .await
            .contains("`lamp`, which this program does not know; it knows post, comment")
    );
    assert!(says("like-2", None).await.contains("there is no like-2 in the log"));
    assert!(says("like-1", Some(4)).await.contains("is at version 3; it never was at 4"));
    let (told, state) = at(&raw, "like-1", None).await.unwrap();
    let unreadable = state.state.unwrap_err();
    assert_eq!((told.len(), unreadable.version), (3, 2));
    assert!(unreadable.to_string().contains("knows only up to 1"), "{unreadable}");
    assert!(at(&raw, "like-1", Some(1)).await.unwrap().1.state.is_ok());
}
