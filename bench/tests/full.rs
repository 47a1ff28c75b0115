//! A run of fractions of a second on real servers has every row and every target. Figures are not looked at.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::process::Command;

use serde_json::Value;
use tidings_tests::{binary, connect, program, server};

const SERVERS: [(&str, &str); 3] = [
    ("--mongodb", "TIDINGS_TEST_MONGODB"),
    ("--kafka", "TIDINGS_TEST_KAFKA"),
    ("--postgres", "TIDINGS_TEST_POSTGRES"),
];

/// The databases on PostgreSQL that are the bench's.
async fn databases() -> i64 {
    let client = connect(&server("TIDINGS_TEST_POSTGRES")).await;
    let count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'tidings_bench_%'";
    client.query_one(count, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_short_run_reports_every_row_and_target_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let programs = binary("tidings-command-host").parent().unwrap();
    let mut command: Command = program(env!("CARGO_BIN_EXE_tidings-bench").as_ref());
    command.args(["full", "--seconds", "0.4", "--repeat", "1", "--connections", "1,3", "--events", "2000"]);
    for (flag, variable) in SERVERS {
        command.args([flag, &server(variable)]);
    }
    let run = command.arg("--programs").arg(programs).arg("--json").arg(&json).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();

    let rows = report["rows"].as_array().unwrap();
    for wanted in [
        "bare inserts, 1 x 1",
        "bare inserts, 8 x 32",
        "bare inserts, 8 x 500",
        "store appends, 1 at a time",
        "store appends, 256 at a time",
        "store appends, 4096 at a time",
        "commands over TCP, 1 connections",
        "commands over TCP, 3 connections",
        "  of it the host's processor time, 3 connections",
        "commands over TCP, 256 connections to 1 hosts",
        "commands over TCP, 256 connections to 2 hosts",
        "commands over TCP, 256 connections to 4 hosts",
        "events relayed from the log to Kafka",
        "  records by a bare idempotent producer",
        "events projected from Kafka to PostgreSQL",
        "  records of the topic consumed bare",
        "  events, by COPY of the resulting rows",
        "events by a projection host that catches up",
        "acknowledged to visible, idle",
        "commands over TCP, all hosts at work",
        "  events made visible meanwhile",
        "  open loop of commands at half of the highest rate",
        "acknowledged to visible, at half of the highest rate",
        "queries by key over TCP, 16 connections pipelining",
        "memory of the command host",
        "memory of the projection host",
        "memory of the query host",
    ] {
        let row = rows.iter().find(|row| row["name"] == wanted);
        let row = row.unwrap_or_else(|| panic!("{wanted} is missing of {rows:#?}"));
        let number = row["per_s"].as_f64().or_else(|| row["value"].as_f64());
        assert!(number.is_some_and(|number| number.is_finite() && number > 0.0), "{row}");
    }
    // Two targets stand beside a peer that was not measured.
    let targets = report["targets"].as_array().unwrap();
    let unmeasured = targets.iter().filter(|target| target["measured"].is_null()).count();
    assert_eq!((targets.len(), unmeasured), (17, 2), "{targets:#?}");
    assert!(
        !report.to_string().contains("127.0.0.1"),
        "a report names no server, for its URL may hold a password"
    );
    assert_eq!(databases().await, 0);
}
