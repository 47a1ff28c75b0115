//! One file for every stored event and version. A file here is never changed: old logs hold such data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_domain::testing::sample::{self, clip, comment, post, time, user};
use tidings_domain::{
    Encoded, Event, Visibility, clip as clips, comment as comments, follow, like, post as posts, view,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    name: String,
    schema: u16,
    data: Box<RawValue>,
}

/// The stored events by name and version, as the files have them.
fn files() -> BTreeMap<(String, u16), Encoded> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let golden: Golden = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let Golden { name, schema, data } = golden;
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), format!("{name}.v{schema}.json"));
        let event = Encoded { name: name.clone().into(), schema, data: data.get().into() };
        found.insert((name, schema), event);
    }
    found
}

/// What the files must mean.
fn expected() -> Vec<Encoded> {
    let (post, comment, clip, target) = (post(1), comment(1), clip(1), post(1).into());
    let (author, by, user, parent) = (user(1), user(9), user(2), Some(sample::comment(2)));
    let text = || "Grüße, \"世界\"\n🌍".to_string();
    let renditions = vec!["480p".into(), "720p".into()];
    let mut all = Vec::new();
    all.extend(encoded([
        posts::Event::PostCreated { post, author, text: text() },
        posts::Event::PostEdited { post, text: text() },
        posts::Event::PostDeleted { post, author, by },
        posts::Event::PostHidden { post, author, by },
        posts::Event::PostUnhidden { post, author, by },
    ]));
    all.extend(encoded([
        comments::Event::CommentAdded { comment, author, target, parent, text: text() },
        comments::Event::CommentEdited { comment, text: text() },
        comments::Event::CommentRemoved { comment, author, target, parent, by },
    ]));
    all.extend(encoded([
        like::Event::Liked { user, target },
        like::Event::Unliked { user, target: clip.into() },
    ]));
    all.extend(encoded([
        clips::Event::ClipStaged { clip, author, title: text(), description: text() },
        clips::Event::ClipPublished { clip, author, media_key: "media/1".into(), duration_s: 12, renditions },
        clips::Event::ClipFailed { clip, author, reason: text() },
        clips::Event::ClipEdited { clip, title: text(), description: text() },
        clips::Event::ClipVisibilityChanged { clip, author, visibility: Visibility::Unlisted },
        clips::Event::ClipDeleted { clip, author, by, published: true },
    ]));
    let (started_at, ended_at) = (time(0), time(5));
    all.extend(encoded([
        view::Event::ClipViewed { viewer: user, clip, first: true, started_at, ended_at },
        view::Event::ClipShared { user, clip },
    ]));
    all.extend(encoded([
        follow::Event::Followed { follower: user, followee: author },
        follow::Event::Unfollowed { follower: user, followee: author },
    ]));
    all
}

/// Encoded, once for every variant of the enum.
fn encoded<E: Event, const N: usize>(events: [E; N]) -> Vec<Encoded> {
    let encoded: Vec<_> = events.iter().map(Event::encode).collect();
    let shapes: Vec<_> = encoded.iter().map(|e| (&*e.name, e.schema)).collect();
    assert_eq!(shapes, E::SHAPES, "one example of every event, in order");
    encoded
}

/// Decodes with the aggregate that knows the event and encodes it again in the newest version.
fn round_trip(stored: &Encoded) -> Encoded {
    fn with<E: Event>(stored: &Encoded) -> Option<Encoded> {
        E::SHAPES.iter().any(|(name, _)| *name == stored.name).then(|| E::decode(stored).unwrap().encode())
    }
    with::<posts::Event>(stored)
        .or_else(|| with::<comments::Event>(stored))
        .or_else(|| with::<like::Event>(stored))
        .or_else(|| with::<clips::Event>(stored))
        .or_else(|| with::<view::Event>(stored))
        .or_else(|| with::<follow::Event>(stored))
        .unwrap_or_else(|| panic!("no aggregate knows {}", stored.name))
}

#[test]
fn every_event_and_version_has_its_file_and_no_file_is_left_over() {
    let files: Vec<_> = files().into_keys().collect();
    let mut wanted: Vec<_> =
        expected().iter().flat_map(|e| (1..=e.schema).map(|schema| (e.name.to_string(), schema))).collect();
    wanted.sort();
    assert_eq!(files, wanted);
}

#[test]
fn the_newest_version_of_each_is_stored_byte_for_byte_as_in_its_file() {
    let files = files();
    for event in expected() {
        assert_eq!(files.get(&(event.name.to_string(), event.schema)), Some(&event));
    }
}

#[test]
fn every_file_is_read_and_stored_again_byte_for_byte_in_the_newest_version() {
    for stored in files().values() {
        assert_eq!(round_trip(stored), expected_of(stored));
    }
}

/// What a stored event of whatever version means today.
fn expected_of(stored: &Encoded) -> Encoded {
    let mut newest = expected().into_iter().find(|e| e.name == stored.name).unwrap();
    if (&*stored.name, stored.schema) == ("CommentAdded", 1) {
        // Version 1 knew no answers.
        newest.data = comments::Event::CommentAdded {
            comment: comment(1),
            author: user(1),
            target: post(1).into(),
            parent: None,
            text: "Grüße, \"世界\"\n🌍".into(),
        }
        .encode()
        .data;
    }
    newest
}

#[test]
fn a_comment_of_version_1_becomes_one_on_a_post_that_answers_nothing() {
    let old = &files()[&("CommentAdded".to_string(), 1)];
    let comments::Event::CommentAdded { target, parent, .. } = comments::Event::decode(old).unwrap() else {
        panic!("another event");
    };
    assert_eq!((target, parent), (post(1).into(), None));
}
