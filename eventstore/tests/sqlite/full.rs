//! No room for the log, and room again.

use std::path::Path;

use tidings_eventstore::{AppendError, SqliteLog, verify};

use crate::sample::{append, start};

fn large() -> String {
    format!("\"{}\"", "x".repeat(200_000))
}

#[tokio::test]
async fn at_its_limit_the_log_refuses_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 1).unwrap();
    let store = start(log.clone());
    log.limit_bytes(Some(2_000_000));
    let (mut n, mut acknowledged) = (0, 0);
    let refusal = loop {
        n += 1;
        match store.append(append(n, large())).await {
            Ok(_) => acknowledged += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(acknowledged > 5);
    assert!(matches!(&refusal, AppendError::Unavailable(why) if why.contains("full")), "{refusal}");
    // Reading goes on, and nothing of what was refused is there.
    assert_eq!(verify(&log, 0, |_| {}).await.unwrap().commits, acknowledged);
    log.limit_bytes(None);
    assert!(!store.append(append(n, large())).await.unwrap().replayed);
    assert_eq!(verify(&log, 0, |_| {}).await.unwrap().commits, acknowledged + 1);
    log.close().await;
}

/// Run it with a file system of some 4 MB: `TIDINGS_SMALL_DISK=/mnt/small cargo test … -- --ignored full`.
#[tokio::test]
#[ignore = "needs a small file system, named by TIDINGS_SMALL_DISK"]
async fn on_a_full_disk_the_log_refuses_and_goes_on_when_there_is_room() {
    let disk = std::env::var("TIDINGS_SMALL_DISK").unwrap();
    let ballast = Path::new(&disk).join("ballast");
    std::fs::write(&ballast, vec![0; 1_500_000]).unwrap();
    let log = SqliteLog::create_or_open(Path::new(&disk).join("data"), 1).unwrap();
    let store = start(log.clone());
    let (mut n, mut acknowledged) = (0, 0);
    let refusal = loop {
        n += 1;
        match store.append(append(n, large())).await {
            Ok(_) => acknowledged += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(matches!(&refusal, AppendError::Unavailable(why) if why.contains("full")), "{refusal}");
    assert_eq!(verify(&log, 0, |_| {}).await.unwrap().commits, acknowledged);
    std::fs::remove_file(&ballast).unwrap();
    store.append(append(n, large())).await.unwrap();
    assert_eq!(verify(&log, 0, |_| {}).await.unwrap().commits, acknowledged + 1);
    log.close().await;
    std::fs::remove_dir_all(Path::new(&disk).join("data")).unwrap();
}
