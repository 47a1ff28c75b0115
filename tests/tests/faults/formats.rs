use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;
use tidings_tests::{Ledger, Output, Signal, Tidings, audit, command, folder, run};
use uuid::Uuid;

/// A folder with some data, on which nothing runs any more.
pub async fn used() -> (TempDir, Ledger) {
    let (data, mut ledger) = (folder(), Ledger::default());
    let mut tidings = Tidings::start(data.path()).await;
    let mut talk = tidings.commander().await;
    for number in 0..200 {
        let words = serde_json::json!({ "text": format!("post {number}") });
        ledger.note(&talk.ok(&command("CreatePost", Uuid::now_v7(), words)).await);
    }
    audit(data.path(), &ledger).await;
    tidings.process.signal(Signal::INT);
    assert_eq!(tidings.process.ended().await.code(), Some(0));
    // All of it in the file, none in the WAL beside it.
    let connection = Connection::open(data.path().join("views-1.sqlite")).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    (data, ledger)
}

/// The standalone program ends at once; gives what it says.
pub async fn refused(data: &Path) -> String {
    let data = data.to_str().unwrap();
    said(&run("tidings", ["--data", data, "--commands", "127.0.0.1:0", "--queries", "127.0.0.1:0"]).await)
}

fn said(output: &Output) -> String {
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "one line, no panic: {output:?}");
    output.stderr.clone()
}

/// Of which format a file says to be.
pub fn set_format(file: &Path, version: i64) {
    let connection = Connection::open(file).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    connection.close().unwrap();
}

#[tokio::test]
async fn a_log_of_a_newer_format_is_refused_by_every_program_with_both_versions() {
    let (data, ledger) = used().await;
    let file = data.path().join("log.sqlite");
    set_format(&file, 7);
    let before = std::fs::read(&file).unwrap();
    let url = format!("sqlite:{}", data.path().display());
    let mut all = vec![refused(data.path()).await];
    for (name, arguments) in [
        ("tidings-command-host", vec!["--listen", "127.0.0.1:0", "--store", &url]),
        ("tidings-projection-host", vec!["--store", &url, "--views", &url]),
        ("tidings-query-host", vec!["--listen", "127.0.0.1:0", "--store", &url, "--views", &url]),
        ("replay", vec!["rebuild", "--store", &url, "--views", &url]),
    ] {
        all.push(said(&run(name, arguments).await));
    }
    for said in all {
        assert!(said.contains("format 7") && said.contains("knows format 1"), "{said}");
        assert!(said.contains("log.sqlite"), "{said}");
    }
    assert!(std::fs::read(&file).unwrap() == before, "the file is as it was");
    set_format(&file, 1);
    let tidings = Tidings::start(data.path()).await;
    audit(data.path(), &ledger).await;
    drop(tidings);
}

#[tokio::test]
async fn a_log_that_is_no_log_is_named() {
    let (data, _) = used().await;
    let file = data.path().join("log.sqlite");
    std::fs::write(&file, "This is a letter, not a log. ".repeat(1_000)).unwrap();
    let said = refused(data.path()).await;
    assert!(said.contains("log.sqlite") && said.contains("not a log of Tidings"), "{said}");
}
