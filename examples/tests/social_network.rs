//! The social network, run as a person runs it, on a small folder and on LDBC's.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod program;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use program::Ended;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn social_network(folder: &Path, args: &[&str]) -> Ended {
    let args = std::iter::once(folder.into()).chain(args.iter().map(OsString::from));
    program::run("social_network", &args.collect::<Vec<_>>(), "")
}

/// The line that begins so; the test fails where there is none.
fn line<'e>(ended: &'e Ended, begin: &str) -> &'e str {
    ended
        .out
        .lines()
        .find(|line| line.trim_start().starts_with(begin))
        .unwrap_or_else(|| panic!("{begin}: {ended:?}"))
}

/// The row of the table of counts, without its blanks.
fn count(ended: &Ended, what: &str, by: &str) -> Vec<u64> {
    let begin = format!("{what:<10} {by:<24}");
    let row = line(ended, &begin).strip_prefix(&begin).unwrap();
    row.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

#[test]
fn a_network_is_told_and_all_its_counts_hold() {
    let ended = social_network(&data("small"), &[]);
    assert!(ended.ok && ended.err.is_empty(), "{ended:?}");
    assert_eq!(
        line(&ended, "5 people"),
        "5 people, 35 commands, 1 of them dated before what they refer to; 0 rows skipped"
    );
    assert!(
        line(&ended, "35 commands acknowledged")
            .contains(": 35 appended, 0 replayed, 0 unchanged; 0 refused")
    );
    assert!(ended.out.contains("; 35 of 35 commits found in the log"), "{ended:?}");
    assert_eq!(count(&ended, "posts", "profiles"), [3, 3]);
    assert_eq!(count(&ended, "clips", "profiles"), [4, 4]);
    assert_eq!(count(&ended, "comments", "profiles"), [8, 8]);
    assert_eq!(count(&ended, "comments", "lists"), [8, 8]);
    assert_eq!(count(&ended, "likes", "posts, clips, comments"), [8, 8]);
    assert_eq!(count(&ended, "follows", "profiles, followers"), [8, 8]);
    assert_eq!(count(&ended, "follows", "profiles, following"), [8, 8]);
    line(&ended, "The busiest thread: 5 comments on Ada Ahr's Who has seen the lighthouse?");
    line(&ended, "Bela Błoński: I have. (1 likes)");
    line(&ended, "The home feed of Ada Ahr, who follows 3");
    line(&ended, "2024-03-05T12:00:00.000Z Cem Çelik: Größe, naïve, 東京, 👩‍👩‍👧 — all of it");
    line(&ended, "All checks hold");
}

#[test]
fn told_again_it_appends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().to_str().unwrap();
    let first = social_network(&data("small"), &["--data", kept]);
    assert!(first.ok, "{first:?}");
    let second = social_network(&data("small"), &["--data", kept]);
    assert!(second.ok, "{second:?}");
    assert!(line(&second, "35 commands acknowledged").contains(": 0 appended, 35 replayed, 0 unchanged;"));
    assert!(second.out.contains("; 35 of 35 commits found in the log"), "{second:?}");
    line(&second, "All checks hold");
}

#[test]
fn rows_that_make_no_sense_are_told_with_file_and_line_and_the_rest_goes_on() {
    let ended = social_network(&data("malformed"), &[]);
    assert!(ended.ok, "{ended:?}");
    line(&ended, "5 people, 35 commands, 1 of them dated before what they refer to; 29 rows skipped");
    assert_eq!(ended.err.lines().filter(|line| line.starts_with("skipped ")).count(), 29, "{ended:?}");
    assert!(ended.err.contains("skipped post.csv:15: 3 columns, where 11 are expected\n"), "{ended:?}");
    assert!(ended.err.contains("skipped comment.csv:10: replyOfPost: there is no post 999\n"), "{ended:?}");
    line(&ended, "All checks hold");
}

#[test]
fn what_another_hand_changed_is_told_as_a_difference() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let more = folder.path().join("more");
    fs::create_dir(&more).unwrap();
    for file in fs::read_dir(data("small")).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), more.join(file.file_name())).unwrap();
    }
    let likes = fs::read_to_string(more.join("person_likes_comment.csv")).unwrap();
    fs::write(more.join("person_likes_comment.csv"), likes + "3|25|2024-03-20T12:00:00.000+0000\n").unwrap();
    let kept = kept.to_str().unwrap();
    assert!(social_network(&more, &["--data", kept]).ok);

    // The log now holds a like that the smaller folder knows nothing of.
    let ended = social_network(&data("small"), &["--data", kept]);
    assert!(!ended.ok, "{ended:?}");
    let told = "differs: likes of comment 25: 0 in the files, 1 in the answer\n";
    assert!(
        ended.err.contains(told) && ended.err.contains("differs: likes by profiles: 8 in the files, 9"),
        "{ended:?}"
    );
}

#[test]
fn a_missing_folder_or_file_is_a_clear_error() {
    let ended = social_network(Path::new("no-such-folder"), &[]);
    assert!(!ended.ok && ended.err.starts_with("social_network: cannot read no-such-folder"), "{ended:?}");
}

#[test]
fn a_host_that_is_not_there_is_a_clear_error() {
    // Port 9 is nobody's on a machine of ours.
    let args = ["--connect", "127.0.0.1:9", "--patience", "1"];
    let ended = social_network(&data("small"), &args);
    assert!(!ended.ok && ended.err.starts_with("social_network: 127.0.0.1:9 gives no answer: "), "{ended:?}");
}

#[test]
fn an_address_without_a_port_is_a_clear_error() {
    let ended = social_network(&data("small"), &["--connect", "localhost"]);
    assert!(!ended.ok && ended.err.contains("`localhost` is no HOST:PORT"), "{ended:?}");
}
