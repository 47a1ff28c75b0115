//! Opening and closing the SQLite log.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tidings_eventstore::{Log, OpenError, SqliteLog};

use crate::sample::{append, start};

#[tokio::test]
async fn a_second_writer_is_told_who_holds_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 4).unwrap();
    let error = SqliteLog::create_or_open(folder.path(), 4).err().unwrap();
    let process = Some(std::process::id());
    assert_eq!(error, OpenError::InUse { file: folder.path().join("log.sqlite"), process });
    log.close().await;
    SqliteLog::create_or_open(folder.path(), 4).unwrap().close().await;
}

#[tokio::test]
async fn the_stored_number_of_partitions_wins_unless_insisted_upon() {
    let folder = tempfile::tempdir().unwrap();
    SqliteLog::create_or_open(folder.path(), 4).unwrap().close().await;
    let log = SqliteLog::create_or_open(folder.path(), 8).unwrap();
    assert_eq!(log.shape().partitions, 4);
    log.close().await;
    let error = SqliteLog::create_or_open_exactly(folder.path(), 8).err().unwrap();
    let file = folder.path().join("log.sqlite");
    assert_eq!(error, OpenError::Partitions { file, stored: 4, asked: 8 });
}

#[tokio::test]
async fn each_log_has_an_identity_and_one_made_before_gets_it_from_its_next_writer() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = SqliteLog::create_or_open(one.path(), 4).unwrap();
    let elsewhere = SqliteLog::create_or_open(other.path(), 4).unwrap();
    assert!(made.identity().is_some() && made.identity() != elsewhere.identity());
    let read = SqliteLog::open_read_only(one.path()).unwrap();
    assert_eq!(read.identity(), made.identity());
    made.close().await;

    Connection::open(one.path().join("log.sqlite"))
        .unwrap()
        .execute("DELETE FROM meta WHERE name = 'id'", ())
        .unwrap();
    assert_eq!(SqliteLog::open_read_only(one.path()).unwrap().identity(), None, "a reader writes nothing");
    let again = SqliteLog::create_or_open(one.path(), 4).unwrap();
    assert!(again.identity().is_some());
    assert_eq!(SqliteLog::open_read_only(one.path()).unwrap().identity(), again.identity());
}

#[tokio::test]
async fn data_of_a_newer_format_are_refused_with_both_versions_named() {
    let folder = tempfile::tempdir().unwrap();
    SqliteLog::create_or_open(folder.path(), 4).unwrap().close().await;
    let file = folder.path().join("log.sqlite");
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let newer = OpenError::Newer { file: file.clone(), found: 2, known: 1 };
    assert_eq!(SqliteLog::create_or_open(folder.path(), 4).err().unwrap(), newer);
    assert_eq!(SqliteLog::open_read_only(folder.path()).err().unwrap(), newer);
    assert!(newer.to_string().contains("has format 2, but this program knows format 1"), "{newer}");
}

#[test]
fn what_is_no_log_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("other.sqlite");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE songs (title)").unwrap();
    let text = folder.path().join("text.sqlite");
    fs::write(&text, "a shopping list, long enough that it has the length of a header".repeat(20)).unwrap();
    for file in [database, text] {
        let before = fs::read(&file).unwrap();
        let error = SqliteLog::create_or_open(&file, 4).err().unwrap();
        assert_eq!(error, OpenError::NotTidings { file: file.clone() });
        assert_eq!(SqliteLog::open_read_only(&file).err().unwrap(), error);
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = SqliteLog::create_or_open(file.join("data"), 4).err().unwrap();
    assert!(error.to_string().contains("data cannot be opened"), "{error}");
}

#[test]
fn an_impossible_number_of_partitions_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for asked in [0, 257, u16::MAX] {
        let error = SqliteLog::create_or_open(folder.path(), asked).err().unwrap();
        assert_eq!(error, OpenError::PartitionCount { asked, most: 256 });
    }
}

#[tokio::test]
async fn the_most_partitions_work() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 256).unwrap();
    start(log.clone()).append(append(1, "{}")).await.unwrap();
    log.close().await;
    let file = Connection::open(folder.path().join("log.sqlite")).unwrap();
    assert_eq!(file.query_row("SELECT count(*) FROM events", (), |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[tokio::test]
async fn closing_leaves_one_file_and_its_free_lock_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 4).unwrap();
    let store = start(log.clone());
    for n in 0..50 {
        store.append(append(n, "{}")).await.unwrap();
    }
    log.close().await;
    let names = |path: &Path| {
        let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(folder.path()), ["log.sqlite", "log.sqlite.lock"]);
    assert_eq!(fs::read(folder.path().join("log.sqlite.lock")).unwrap(), b"");
}

#[tokio::test]
async fn after_closing_callers_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 4).unwrap();
    let store = start(log.clone());
    store.append(append(1, "{}")).await.unwrap();
    log.close().await;
    assert!(store.append(append(2, "{}")).await.unwrap_err().to_string().contains("closed"));
    assert!(store.head(0).await.unwrap_err().to_string().contains("closed"));
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_log_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = start(SqliteLog::create_or_open(folder.path(), 4).unwrap());
    store.append(append(1, "{}")).await.unwrap();
    drop(store);
    let reopened = async {
        loop {
            match SqliteLog::create_or_open(folder.path(), 4) {
                Ok(log) => return log,
                Err(OpenError::InUse { .. }) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
                Err(other) => panic!("{other}"),
            }
        }
    };
    let log = tokio::time::timeout(std::time::Duration::from_secs(10), reopened).await.unwrap();
    log.close().await;
}
