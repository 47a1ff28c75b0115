//! Reading beside the writing process.

use tidings_eventstore::{Batch, InsertError, Log, OpenError, SqliteLog};

use crate::sample::{append, start};

#[tokio::test]
async fn a_reader_sees_what_the_writer_has_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let writer = SqliteLog::create_or_open(folder.path(), 1).unwrap();
    let reader = SqliteLog::open_read_only(folder.path()).unwrap();
    assert_eq!(reader.shape().partitions, 1);
    let store = start(writer.clone());
    for n in 1..=20 {
        let commit = store.append(append(n, "{}")).await.unwrap().commit;
        assert_eq!(reader.head(0).await.unwrap().number, commit.position.number);
        assert_eq!(reader.find_command(0, commit.command).await.unwrap(), Some(commit));
    }
    writer.close().await;
    assert_eq!(reader.head(0).await.unwrap().number, 20);
    reader.close().await;
}

#[tokio::test]
async fn a_reader_needs_no_writer() {
    let folder = tempfile::tempdir().unwrap();
    let writer = SqliteLog::create_or_open(folder.path(), 1).unwrap();
    start(writer.clone()).append(append(1, "{}")).await.unwrap();
    writer.close().await;
    let reader = SqliteLog::open_read_only(folder.path().join("log.sqlite")).unwrap();
    assert_eq!(reader.head(0).await.unwrap().number, 1);
    // Nor does it keep one away.
    let writer = SqliteLog::create_or_open(folder.path(), 1).unwrap();
    start(writer.clone()).append(append(2, "{}")).await.unwrap();
    assert_eq!(reader.head(0).await.unwrap().number, 2);
    reader.close().await;
    writer.close().await;
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let writer = SqliteLog::create_or_open(folder.path(), 1).unwrap();
    let commit = start(writer.clone()).append(append(1, "{}")).await.unwrap().commit;
    let reader = SqliteLog::open_read_only(folder.path()).unwrap();
    let answer = reader.insert(&[Batch { partition: 0, commits: vec![commit] }]).await;
    assert_eq!(answer, Err(InsertError::Refused("the log was opened for reading only".into())));
}

#[test]
fn where_there_is_no_log_a_reader_is_told_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.sqlite");
    let error = SqliteLog::open_read_only(folder.path()).err().unwrap();
    assert_eq!(error, OpenError::Missing { file: file.clone() });
    assert!(!file.exists());
}

#[tokio::test]
async fn a_page_is_bounded_in_bytes_and_still_knows_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 1).unwrap();
    let store = start(log.clone());
    let large = format!("\"{}\"", "x".repeat(1 << 20 >> 1));
    for n in 1..=20 {
        store.append(append(n, large.clone())).await.unwrap();
    }
    let (mut after, mut pages) = (0, Vec::new());
    loop {
        let page = store.read_partition(0, after, 1_000).await.unwrap();
        after += page.commits.len() as u64;
        pages.push(page.commits.len());
        if page.end {
            break;
        }
    }
    assert_eq!(pages, [16, 4]);
    log.close().await;
}
