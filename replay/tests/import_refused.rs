//! An import that is refused leaves nothing where nothing was.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use log::{Raw, event, store_of};
use program::{run, says};
use tidings_domain::{Position, Timestamp};
use tidings_eventstore::{Log, SqliteLog};
use tidings_replay::{Overwrite, export};

/// A file of this log, also where no log would have taken it.
async fn file_of(folder: &Path, raw: &Raw) -> PathBuf {
    let file = folder.join("log.jsonl");
    let store = store_of(raw.log_unchecked());
    export(&store, &file, Overwrite::Yes, Timestamp::default(), |_| {}).await.unwrap();
    file
}

fn refused(target: &Path, file: &Path, wanted: &str) {
    let output = run(target, &["import", file.to_str().unwrap()]);
    assert!(output.status.code() == Some(1) && says(&output).contains(wanted), "{}", says(&output));
}

/// A log with a stream that goes on at version 4 after version 2, behind so many commits that are right.
fn with_a_gap(commits: usize) -> Raw {
    let mut raw = Raw::random(2, commits);
    let lamp = |raw: &mut Raw| raw.append("lamp-1", vec![event("TurnedOn", "{}")]);
    lamp(&mut raw);
    lamp(&mut raw);
    let last: Position = lamp(&mut raw);
    raw.rewrite(last, |commit| commit.first_version = 4);
    raw
}

#[tokio::test]
async fn a_file_that_is_not_whole_makes_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let (file, target) = (file_of(folder.path(), &Raw::random(2, 50)).await, folder.path().join("new"));
    let whole = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    for (wrong, wanted) in [
        (lines[1..].join("\n") + "\n", "is no export of a log"),
        (lines[..30].join("\n") + "\n", "was cut off"),
        (whole.replacen("\"0:3\"", "\"0:4\"", 1), "is damaged at line"),
        (whole.replacen("text ", "tent ", 1), "is damaged at line"),
    ] {
        assert!(wrong != whole);
        fs::write(&file, wrong).unwrap();
        refused(&target, &file, wanted);
        assert!(!target.exists(), "{wanted}");
    }
    fs::write(&file, whole).unwrap();
    assert!(run(&target, &["import", file.to_str().unwrap()]).status.success());
}

#[tokio::test]
async fn commits_that_no_log_takes_leave_none_where_none_was_imported() {
    let folder = tempfile::tempdir().unwrap();
    let (file, target) = (file_of(folder.path(), &with_a_gap(10)).await, folder.path().join("new"));
    let wanted = "lamp-1 goes on at version 4 after version 2";
    refused(&target, &file, wanted);
    assert!(!target.exists());
    fs::create_dir(&target).unwrap();
    refused(&target, &file, wanted);
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "the folder was there");
    fs::write(target.join("mine"), "").unwrap();
    refused(&target, &file, wanted);
    let left: Vec<_> = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["mine"]);
}

#[tokio::test]
async fn what_was_imported_stays_and_so_does_a_log_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (file, target) = (file_of(folder.path(), &with_a_gap(4_500)).await, folder.path().join("new"));
    refused(&target, &file, "lamp-1 goes on");
    let log = SqliteLog::open_read_only(&target).unwrap();
    assert!(log.head(0).await.unwrap().number > 1_000);
    log.close().await;

    let empty = folder.path().join("empty");
    SqliteLog::create_or_open(&empty, 2).unwrap().close().await;
    refused(&empty, &file_of(folder.path(), &with_a_gap(10)).await, "lamp-1 goes on");
    assert!(SqliteLog::open_read_only(&empty).is_ok());
}
