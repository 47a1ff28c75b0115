//! What a person sees with the `sqlite3` shell.

use rusqlite::Connection;
use tidings_eventstore::SqliteLog;

use crate::sample::{append, start};

#[tokio::test]
async fn a_person_reads_events_without_a_manual() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create_or_open(folder.path(), 8).unwrap();
    let mut asked = append(1, r#"{"text":"hello"}"#);
    asked.events.push(asked.events[0].clone());
    asked.events[1].data = "no JSON".into();
    asked.events[1].schema = 2;
    let made = start(log.clone()).append(asked.clone()).await.unwrap().commit;
    log.close().await;
    let file = Connection::open(folder.path().join("log.sqlite")).unwrap();
    let sql = "SELECT partition || ':' || number || ' ' || stream || ' ' || version || ' ' || type || ' ' || schema \
               || ' ' || data || ' ' || command || ' ' || actor || ' ' || recorded_at || ' ' || \
               coalesce(causation, '-') || ' ' || coalesce(occurred_at, '-') FROM events ORDER BY version";
    let mut select = file.prepare(sql).unwrap();
    let lines: Vec<String> = select.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rest = format!("{} {} {} - -", asked.command, asked.actor, made.recorded_at);
    let position = made.position;
    assert_eq!(
        lines,
        [
            format!("{position} thing-1 1 Happened 1 {{\"text\":\"hello\"}} {rest}"),
            format!("{position} thing-1 2 Happened 2 no JSON {rest}"),
        ]
    );
    let meta = file
        .prepare("SELECT name FROM meta")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .flatten()
        .collect::<Vec<String>>();
    assert_eq!(meta, ["created_at", "format", "id", "partitions"]);
}

#[tokio::test]
async fn every_read_uses_an_index() {
    let folder = tempfile::tempdir().unwrap();
    SqliteLog::create_or_open(folder.path(), 2).unwrap().close().await;
    let file = Connection::open(folder.path().join("log.sqlite")).unwrap();
    let plan = |sql: &str| {
        let mut explain = file.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = explain.query_map((), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let look = plan("SELECT * FROM events WHERE partition = 1 AND number = 3");
    assert!(look.contains("SEARCH commits_1 USING INTEGER PRIMARY KEY"), "{look}");
    let command = plan("SELECT number FROM commits_0 WHERE command = x'00'");
    assert!(command.contains("commits_0_command"), "{command}");
    let stream =
        plan("SELECT last_version FROM commits_0 WHERE stream = 'a' ORDER BY first_version DESC LIMIT 1");
    assert!(stream.contains("commits_0_stream") && !stream.contains("TEMP B-TREE"), "{stream}");
}
