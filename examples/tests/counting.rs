//! What the files hold, counted without the code that sends it.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tidings_examples::social_network::census::{Person, Reactions, census};
use tidings_examples::social_network::network;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[test]
fn every_row_is_counted_once_and_on_what_it_refers_to() {
    let small = census(&data("small"), &BTreeSet::new()).unwrap();
    assert_eq!((small.posts.len(), small.clips.len(), small.comments.len()), (3, 4, 8));
    assert_eq!((small.likes, small.follows), (8, 8));
    assert_eq!(small.posts["10"], Reactions { comments: 5, likes: 3 });
    assert_eq!(small.clips["13"], Reactions { comments: 2, likes: 1 });
    assert_eq!(small.comments["22"], Reactions { comments: 1, likes: 1 });
    assert_eq!(small.people["1"], Person { posts: 1, clips: 1, comments: 2, friends: 3 });
}

#[test]
fn with_the_rows_that_were_told_a_malformed_folder_counts_as_the_clean_one() {
    let (_, skipped) = network::read(&data("malformed")).unwrap();
    let left_out = skipped.iter().map(|skipped| skipped.place).collect();
    let clean = census(&data("small"), &BTreeSet::new()).unwrap();
    assert_eq!(census(&data("malformed"), &left_out).unwrap(), clean);
}

#[test]
fn a_row_left_out_in_silence_shows_in_the_counts() {
    let (_, skipped) = network::read(&data("malformed")).unwrap();
    let told_all_but_one = skipped.iter().skip(1).map(|skipped| skipped.place).collect();
    let clean = census(&data("small"), &BTreeSet::new()).unwrap();
    assert_ne!(census(&data("malformed"), &told_all_but_one).unwrap(), clean);
}
