//! Opening and closing the SQLite log.
#![cfg(feature = "sqlite")]

use tidings_eventstore::{Log, OpenError, SqliteLog};

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
