//! A run of a fraction of a second has every row and every target. Figures are not looked at.

use std::process::Command;

#[test]
fn a_short_run_reports_every_row_and_target() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let run = Command::new(env!("CARGO_BIN_EXE_tidings-bench"))
        .args(["spine", "--seconds", "0.1", "--repeat", "1", "--connections", "1,3", "--events", "300"])
        .arg("--dir")
        .arg(folder.path())
        .arg("--json")
        .arg(&json)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();

    let names = |list: &str, field: &str| -> Vec<String> {
        let list = report[list].as_array().unwrap();
        list.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
    };
    let rows = names("rows", "name");
    for wanted in [
        "plain SQLite rows, 1 a commit",
        "plain SQLite rows, 1000 a commit",
        "store appends, 1 at a time",
        "store appends, 3 at a time",
        "commands over TCP, 1 connections",
        "commands over TCP, 3 connections",
        "  of it the host's processor time, 3 connections",
        "commands over TCP with a ledger, 3 connections",
        "  open loop at half that rate, 3 connections",
        "events rebuilt into the read model",
        "  events of the log read by plain SELECTs",
        "  events, by plain INSERTs of the resulting rows",
        "queries by key over TCP, 16 connections pipelining",
        "  the same SELECT in-process, 1 threads",
        "  the same SELECT in-process, 2 threads",
        "start on the long log to the first answered command",
        "memory with the most connections on the long log",
    ] {
        assert!(rows.iter().any(|row| row == wanted), "{wanted} is missing of {rows:#?}");
    }
    for row in report["rows"].as_array().unwrap() {
        let number = row["per_s"].as_f64().or_else(|| row["value"].as_f64());
        assert!(number.is_some_and(f64::is_finite), "{row}");
    }
    // Two targets stand beside a peer that was not measured, one for each number of connections.
    let unmeasured = report["targets"].as_array().unwrap().iter().filter(|t| t["measured"].is_null()).count();
    assert_eq!((names("targets", "what").len(), unmeasured), (11, 2), "{:#}", report["targets"]);
    assert!(report["machine"]["cores"].as_u64().is_some_and(|cores| cores > 0), "{}", report["machine"]);
}
