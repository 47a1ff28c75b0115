//! The whole of LDBC's small network where it lies beside this repository (or at `TIDINGS_LDBC`), else the small
//! folder that is kept here: told, and told again.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod program;

use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("TIDINGS_LDBC") {
        Some(folder) => folder.into(),
        None if here.join("../../shared/ldbc-snb").exists() => here.join("../../shared/ldbc-snb"),
        None => here.join("tests/data/small"),
    }
}

/// The rows of a file that meet a condition, counted with nothing of ours.
fn rows(file: &str, counts: impl Fn(&[&str]) -> bool) -> usize {
    let text = fs::read_to_string(folder().join(file)).unwrap();
    text.lines().skip(1).filter(|line| counts(&line.split('|').collect::<Vec<_>>())).count()
}

/// The number that stands before these words.
fn number_before(text: &str, words: &str) -> usize {
    let before = text.split(words).next().filter(|before| before.len() < text.len());
    let number = before.and_then(|before| before.rsplit(' ').next()).and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no number before {words:?} in {text}"))
}

#[test]
fn a_whole_network_is_told_once_and_all_checks_hold_both_times() {
    let (texts, images) =
        (rows("post.csv", |row| row[1].is_empty()), rows("post.csv", |row| !row[1].is_empty()));
    let likes = rows("person_likes_post.csv", |_| true) + rows("person_likes_comment.csv", |_| true);
    let (comments, friendships) = (rows("comment.csv", |_| true), rows("person_knows_person.csv", |_| true));
    let all = texts + 2 * images + comments + likes + 2 * friendships;

    let kept = tempfile::tempdir().unwrap();
    let args = [folder().into_os_string(), "--data".into(), kept.path().into()];
    for first in [true, false] {
        let ended = program::run("social_network", &args, "");
        assert!(ended.ok && ended.err.is_empty(), "{ended:?}");
        // On a slow machine a reply may be late, and the command, sent again, replayed.
        let appended = number_before(&ended.out, " appended, ");
        let replayed = number_before(&ended.out, " replayed, 0 unchanged; 0 refused, 0 not sent, ");
        let again = number_before(&ended.out, " tried again");
        assert_eq!(appended + replayed, all, "{ended:?}");
        assert!(if first { replayed <= again } else { appended == 0 }, "{ended:?}");
        assert!(ended.out.contains(&format!("; {all} of {all} commits found in the log")), "{ended:?}");
        for (what, by, count) in [
            ("posts", "profiles", texts),
            ("clips", "profiles", images),
            ("comments", "lists", comments),
            ("likes", "posts, clips, comments", likes),
            ("follows", "profiles, followers", 2 * friendships),
        ] {
            let row = format!("{what:<10} {by:<24} {count:>10} {count:>10}\n");
            assert!(ended.out.contains(&row), "{row} {ended:?}");
        }
        assert!(ended.out.contains("All checks hold: "), "{ended:?}");
    }
}
