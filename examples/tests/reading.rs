//! What the files say, and what is told of the rows that make no sense.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

use std::fs;
use std::path::{Path, PathBuf};

use tidings_examples::social_network::network::{self, Network, ReplyOf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn read(name: &str) -> (Network, Vec<String>) {
    let (network, skipped) = network::read(&data(name)).unwrap();
    (network, skipped.iter().map(ToString::to_string).collect())
}

fn counts(network: &Network) -> [usize; 5] {
    let Network { people, posts, comments, likes, friendships } = network;
    [people.len(), posts.len(), comments.len(), likes.len(), friendships.len()]
}

#[test]
fn a_clean_folder_is_read_whole() {
    let (network, skipped) = read("small");
    assert_eq!(skipped, [] as [&str; 0]);
    assert_eq!(counts(&network), [5, 7, 8, 8, 4]);
    assert_eq!(network.posts[&12].content, "She said \"tomorrow\", and an odd number of quotes: \"");
    assert_eq!(network.posts[&13].image.as_deref(), Some("photo13.jpg"));
    assert_eq!(network.posts[&13].at.to_string(), "2024-03-04T12:00:00.000Z");
}

#[test]
fn a_reply_belongs_to_the_post_at_the_root_of_its_thread() {
    let (network, _) = read("small");
    assert_eq!(network.comments[&22].reply_of, ReplyOf::Comment(21));
    assert_eq!(network.comments[&22].root, 10);
    assert_eq!(network.comments[&24].root, 13);
}

#[test]
fn every_row_that_makes_no_sense_is_told_with_file_and_line() {
    let (network, skipped) = read("malformed");
    let expected = [
        "comment.csv:10: replyOfPost: there is no post 999",
        "comment.csv:11: replyOfComment: comment 40 was left out",
        "comment.csv:12: replyOfComment: comment 41 was left out",
        "comment.csv:13: replyOfComment: comment 44 was left out",
        "comment.csv:14: replyOfComment: the thread goes round in a circle",
        "comment.csv:15: both replyOfPost and replyOfComment are set",
        "comment.csv:16: neither replyOfPost nor replyOfComment is set",
        "comment.csv:17: the content has 501 characters; shorten it to 500 or fewer",
        "comment.csv:18: replyOfComment: there is no comment 998",
        "person.csv:7: id: `six` is no number",
        "person.csv:8: person 1 was there before",
        "person.csv:9: 3 columns, where 9 are expected",
        "person_knows_person.csv:6: the same friendship was there before, in line 2",
        "person_knows_person.csv:7: person 3 cannot follow oneself",
        "person_knows_person.csv:8: Person.id: there is no person 99",
        "person_knows_person.csv:9: it is not UTF-8",
        "person_likes_comment.csv:5: Comment.id: there is no comment 41",
        "person_likes_comment.csv:6: Comment.id: there is no comment 999",
        "person_likes_post.csv:7: the same like was there before, in line 2",
        "person_likes_post.csv:8: Person.id: there is no person 99",
        "person_likes_post.csv:9: Post.id: there is no post 30",
        "post.csv:10: creator: there is no person 99",
        "post.csv:11: the content is blank; write 1 to 2200 characters",
        "post.csv:12: the content has 2201 characters; shorten it to 2200 or fewer",
        "post.csv:13: post 10 was there before, in line 2",
        "post.csv:14: creationDate: `yesterday` is no time such as 2010-09-14T14:35:30.377+0000",
        "post.csv:15: 3 columns, where 11 are expected",
        "post.csv:16: id: `-35` is no number",
        "post.csv:17: character 2 of the content is the control character U+0007; \
         only newline (U+000A) and tab (U+0009) are allowed",
    ];
    assert_eq!(skipped, expected);
    assert_eq!(counts(&network), [5, 7, 8, 8, 4], "the rest is that of the clean folder");
}

#[test]
fn a_missing_file_is_a_clear_error() {
    let error = network::read(&data("nowhere")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read ") && error.contains("person.csv"), "{error}");
}

#[test]
fn a_file_of_another_shape_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(data("small")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    fs::write(folder.path().join("post.csv"), "id|text\n1|hello\n").unwrap();
    let error = network::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("post.csv begins with `id|text`"), "{error}");
}
