//! What was changed in the file is found, at its place.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use tidings_domain::Position;
use tidings_eventstore::{Flaw, Log, PartitionReport, ReadError, SqliteLog, VerifyError, verify};

use crate::sample::{append, start};

/// A closed log of 100 commits in one partition; the data of each name its number.
async fn log() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 1).unwrap();
    let store = start(log.clone());
    for n in 1..=100 {
        store.append(append(n, format!(r#"{{"marker":"number-{n:03}."}}"#))).await.unwrap();
    }
    log.close().await;
    let file = folder.path().join("log.sqlite");
    (folder, file)
}

async fn check(file: &Path) -> Result<PartitionReport, VerifyError> {
    let log = SqliteLog::create_or_open(file, 1).unwrap();
    let proof = verify(&log, 0, |_| {}).await;
    log.close().await;
    proof
}

/// The flaw that is found after this SQL, and its number.
async fn flaw_after(sql: &str) -> (u64, Flaw) {
    let (_folder, file) = log().await;
    let changed = Connection::open(&file).unwrap().execute(sql, ()).unwrap();
    assert_ne!(changed, 0, "{sql}");
    match check(&file).await {
        Err(VerifyError::Flawed { position: Position { partition: 0, number }, flaw }) => (number, flaw),
        other => panic!("{sql}: {other:?}"),
    }
}

#[tokio::test]
async fn an_untouched_log_is_proven() {
    let (_folder, file) = log().await;
    let report = check(&file).await.unwrap();
    assert_eq!((report.commits, report.events, report.streams, report.head.number), (100, 100, 100, 100));
}

#[tokio::test]
async fn one_changed_byte_in_a_row_is_found_at_its_place() {
    for change in [
        "events = replace(events, 'number-042.', 'number-142.')",
        "events = replace(events, 'Happened', 'Happenec')",
        "events = replace(events, '\"schema\":1', '\"schema\":2')",
        "stream = 'thing-0'",
        "first_version = 2, last_version = 2",
        "id = randomblob(16)",
        "command = randomblob(16)",
        "correlation = randomblob(16)",
        "causation = randomblob(16)",
        "actor = randomblob(16)",
        "occurred_at = 0",
        "recorded_at = recorded_at + 1",
        "hash = zeroblob(32)",
    ] {
        let (number, flaw) = flaw_after(&format!("UPDATE commits_0 SET {change} WHERE number = 42")).await;
        assert!(number == 42 && matches!(flaw, Flaw::Hash { .. }), "{change}: {number}, {flaw}");
    }
}

#[tokio::test]
async fn a_lost_commit_is_found_at_its_place() {
    let (number, flaw) = flaw_after("DELETE FROM commits_0 WHERE number = 42").await;
    assert_eq!((number, flaw), (43, Flaw::Number { expected: 42 }));
}

#[tokio::test]
async fn a_commit_that_is_not_of_the_chain_is_found() {
    let forged = "INSERT INTO commits_0 SELECT 101, 'thing-forged', first_version, last_version, id, randomblob(16), \
                  correlation, causation, actor, occurred_at, recorded_at, hash, events FROM commits_0 WHERE number = 100";
    let (number, flaw) = flaw_after(forged).await;
    assert!(number == 101 && matches!(flaw, Flaw::Hash { .. }), "{number}, {flaw}");
}

#[tokio::test]
async fn commits_that_changed_places_are_found() {
    let swap = "UPDATE commits_0 SET (stream, command, id, events) = (SELECT o.stream || 'x', randomblob(16), o.id, o.events \
                FROM commits_0 o WHERE o.number = 50) WHERE number = 49";
    let (number, flaw) = flaw_after(swap).await;
    assert!(number == 49 && matches!(flaw, Flaw::Hash { .. }), "{number}, {flaw}");
}

#[tokio::test]
async fn a_row_that_is_no_commit_is_named() {
    let (_folder, file) = log().await;
    let sql = "UPDATE commits_0 SET events = '[]' WHERE number = 42";
    Connection::open(&file).unwrap().execute(sql, ()).unwrap();
    match check(&file).await {
        Err(VerifyError::Unreadable(ReadError::Damaged { place, .. })) => assert_eq!(place, "0:42"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_changed_byte_of_the_file_is_found_at_its_place() {
    let (_folder, file) = log().await;
    let whole = fs::read(&file).unwrap();
    for number in [1, 42, 100] {
        let marker = format!("number-{number:03}.");
        let place = whole.windows(marker.len()).position(|bytes| bytes == marker.as_bytes()).unwrap();
        for bit in [1, 0x80] {
            let mut changed = whole.clone();
            changed[place] ^= bit;
            fs::write(&file, changed).unwrap();
            let found = match check(&file).await {
                Err(VerifyError::Flawed { position, flaw: Flaw::Hash { .. } }) => position.to_string(),
                // A byte that is no longer text cannot even be read.
                Err(VerifyError::Unreadable(ReadError::Damaged { place, .. })) => place,
                other => panic!("{other:?}"),
            };
            assert_eq!(found, format!("0:{number}"));
        }
    }
}

/// Whoever changes a commit and knows how to hash it anew has not changed the hash that the next one is made of.
#[tokio::test]
async fn a_changed_commit_with_a_hash_of_its_own_is_found_at_the_next() {
    let (_folder, file) = log().await;
    let log = SqliteLog::create_or_open(&file, 1).unwrap();
    let commits = log.read_partition(0, 40, 2).await.unwrap().commits;
    log.close().await;
    let mut forged = (*commits[1]).clone();
    forged.actor = uuid::Uuid::from_u128(666);
    let hash = forged.hash_after(commits[0].hash);
    let change = "UPDATE commits_0 SET actor = ?1, hash = ?2 WHERE number = 42";
    let changed =
        Connection::open(&file).unwrap().execute(change, (forged.actor.as_bytes(), hash.0)).unwrap();
    assert_eq!(changed, 1);
    match check(&file).await {
        Err(VerifyError::Flawed { position: Position { number: 43, .. }, flaw: Flaw::Hash { .. } }) => {}
        other => panic!("{other:?}"),
    }
}
