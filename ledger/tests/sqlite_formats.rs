//! Ledgers of older programs.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)] // a test speaks by panicking

use tidings_domain::Position;
use tidings_ledger::{Ledger, Progress, SqliteLedger};

#[tokio::test]
async fn a_ledger_of_format_1_is_read_as_it_is_and_lifted_by_who_writes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.sqlite");
    SqliteLedger::create_or_open(&file).unwrap().close().await;
    let older = rusqlite::Connection::open(&file).unwrap();
    older.execute_batch("DROP TABLE progress; PRAGMA user_version = 1").unwrap();
    drop(older);

    let reader = SqliteLedger::open_read_only(&file).unwrap();
    assert_eq!(reader.backlog(10).await.unwrap(), 0);
    reader.close().await;
    for _ in 0..2 {
        let ledger = SqliteLedger::create_or_open(&file).unwrap();
        ledger.advance("cleanup", vec![Position::new(0, 1)]).await.unwrap();
        ledger.close().await;
    }
}
